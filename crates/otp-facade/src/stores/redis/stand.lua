-- KEYS: record. ARGV: ahead, cancel
local record = call('HMGET', KEYS[1], 'state', 'attempts', 'max_attempts', 'expires_at', 'provider_id')
if not record[5] then
    return {'unknown', ''}
end
if ARGV[2] == '1' and record[1] == 'open' and now < tonumber(record[4]) then
    call('HSET', KEYS[1], 'state', 'cancelled')
    return {'cancelled', record[5]}
end
return {status_of(record[1], record[2], record[3], record[4]), record[5]}
