-- ChallengeStore::read and ::cancel. The same rules as Record::read and Record::cancel in record.rs.
-- KEYS: record. ARGV: ahead, cancel
local record = call('HMGET', KEYS[1], 'state', 'attempts', 'max_attempts', 'expires_at', 'provider_id', 'created_at')
if not record[5] then
    return {'unknown', ''}
end
local ends = end_of(KEYS[1], record[6], record[4])
if ARGV[2] == '1' and record[1] == 'pending' and now < tonumber(ends) then
    call('HSET', KEYS[1], 'state', 'cancelled')
    return {'cancelled', record[5]}
end
return {status_of(record[1], record[2], record[3], ends), record[5]}
