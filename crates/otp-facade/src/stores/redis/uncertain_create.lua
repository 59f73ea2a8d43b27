-- ChallengeStore::settle_create if it is not known whether a message was sent: records the error under the idempotency key.
-- KEYS: what is kept under the recipient's idempotency keys. ARGV: ahead, name of the key, name of the record, error
settle_create(KEYS[1], ARGV[2], ARGV[3], 'uncertain', ARGV[4])
return 1
