-- ChallengeStore::read and ::cancel. The same rules as Record::read and Record::cancel in record.rs.
-- KEYS: record, people. ARGV: ahead, cancel
local record = read_record(KEYS[1], KEYS[2])
if not record.provider_id then
    return {'unknown', ''}
end
if ARGV[2] == '1' and record.state == 'pending' and now < record.expires_at then
    call('HSET', KEYS[1], 'state', 'cancelled')
    return {'cancelled', record.provider_id}
end
return {status_of(record), record.provider_id}
