-- KEYS: record. ARGV: ahead, subject, purpose
local record = redis.call('HMGET', KEYS[1], 'state', 'attempts', 'max_attempts', 'expires_at', 'provider_id', 'subject',
    'purpose', 'purpose_optional')
if not record[5] then
    return {'unknown', '', 0}
end
local status = status_of(record[1], record[2], record[3], record[4])
if status ~= 'pending' then
    return {status, '', 0}
end
local spared = record[8] == '1' and ARGV[3] == ''
if record[6] ~= ARGV[2] or not (spared or record[7] == ARGV[3]) then
    return {'mismatch', '', 0}
end
local attempts = redis.call('HINCRBY', KEYS[1], 'attempts', 1)
return {'admitted', record[5], tonumber(record[3]) - attempts}
