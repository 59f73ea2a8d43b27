-- ChallengeStore::settle_attempt, in the bucket of the subject: takes back a failure, or removes all after a success.
-- KEYS: people. ARGV: ahead, name, accepted, time of the attempt
settle_failure(KEYS[1], ARGV[2], ARGV[3] == '1', ARGV[4])
return 1
