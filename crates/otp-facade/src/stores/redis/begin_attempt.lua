-- ChallengeStore::begin_attempt: counts an attempt. The same rules as Record::begin_attempt in record.rs.
-- KEYS: record. ARGV: ahead, subject, purpose
local record = call('HMGET', KEYS[1], 'state', 'attempts', 'max_attempts', 'expires_at', 'provider_id', 'subject',
    'purpose', 'purpose_optional', 'created_at')
if not record[5] then
    return {'unknown', '', 0}
end
local status = status_of(record[1], record[2], record[3], end_of(KEYS[1], record[9], record[4]))
if status ~= 'pending' then
    return {status, '', 0}
end
local subject, purpose = record[6] or '', record[7] or ''
local purpose_spared = record[8] and ARGV[3] == ''
if subject ~= ARGV[2] or not (purpose_spared or purpose == ARGV[3]) then
    return {'mismatch', '', 0}
end
local attempts = call('HINCRBY', KEYS[1], 'attempts', '1')
return {'allowed', record[5], tonumber(record[3]) - attempts}
