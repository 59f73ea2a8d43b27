-- ChallengeStore::find_create. The same rules as CreateRecord::replay in idempotency.rs.
-- KEYS: what is kept under the recipient's idempotency keys. ARGV: ahead, name of the key, hash of the request
local create = read_create(KEYS[1], ARGV[2])
if not create then
    return {'free', 0, ''}
end
return {replay_of(create, ARGV[3])}
