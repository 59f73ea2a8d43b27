-- ChallengeStore::settle_attempt, in the bucket of the record: records an acceptance, or returns the attempt. The same rules
-- as Record::settle_attempt.
-- KEYS: record, people. ARGV: ahead, accepted, time of the attempt, name of the record, how long an acceptance is kept
local record = read_record(KEYS[1], KEYS[2])
if not record.provider_id then
    return 'unknown'
end
local accepted = ARGV[2] == '1'
if record.failures then
    settle_failure(KEYS[2], record.failures, accepted, ARGV[3])
end
if not accepted then
    if record.attempts > 0 then
        call('HINCRBY', KEYS[1], 'attempts', '-1')
    end
    return 'done'
end
if record.state ~= 'pending' then
    return record.state
end
call('HSET', KEYS[1], 'state', 'verified')
if record.shared then
    call('HSET', KEYS[2], 'accepted:' .. record.shared, text_of(now + ARGV[5]) .. ' ' .. ARGV[4])
    keep_people(KEYS[2], ARGV[5])
end
return 'done'
