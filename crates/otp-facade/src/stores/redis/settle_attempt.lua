-- ChallengeStore::settle_attempt: records an acceptance, or returns the attempt. The same rules as Record::settle_attempt.
-- KEYS: record. ARGV: ahead, accepted
local record = redis.call('HMGET', KEYS[1], 'state', 'attempts')
local state = record[1]
if not state or state == 'reserved' then
    return 'unknown'
end
if ARGV[2] == '0' then
    if tonumber(record[2]) > 0 then
        redis.call('HINCRBY', KEYS[1], 'attempts', '-1')
    end
    return 'done'
end
if state == 'pending' then
    redis.call('HSET', KEYS[1], 'state', 'verified')
    return 'done'
end
return state
