-- ChallengeStore::begin_attempt, in the bucket of the record: counts an attempt, and a failure of the recipient. The same
-- rules as Record::begin_attempt in record.rs.
-- KEYS: record, people. ARGV: ahead, subject, purpose, max failures or nothing, retention of failures
local record = read_record(KEYS[1], KEYS[2])
if not record.provider_id then
    return {'unknown', '', 0, 0, 0}
end
local status = status_of(record)
if status ~= 'pending' then
    return {status, '', 0, 0, 0}
end
local binding = call('HMGET', KEYS[1], 'subject', 'purpose', 'purpose_optional')
local subject, purpose = binding[1] or '', binding[2] or ''
local purpose_spared = binding[3] and ARGV[3] == ''
if subject ~= ARGV[2] or not (purpose_spared or purpose == ARGV[3]) then
    return {'mismatch', '', 0, 0, 0}
end
if record.failures and ARGV[4] ~= '' and not count_failure(KEYS[2], record.failures, ARGV[4], ARGV[5]) then
    return {'locked_out', '', 0, 0, 0}
end
local attempts = call('HINCRBY', KEYS[1], 'attempts', '1')
return {'allowed', record.provider_id, record.max_attempts - attempts, now, record.expires_at - now}
