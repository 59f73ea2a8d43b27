-- ChallengeStore::settle_create after a start: makes the reserved challenge pending. The same rules as Record::confirm.
-- KEYS: record, slot. ARGV: ahead, provider_id, lifetime, kept for, max_attempts. The slot contains the key of the
-- pending record, which has the same hash tag. The script may therefore use that key although it is not in KEYS.
if call('HGET', KEYS[1], 'state') ~= 'reserved' then
    return 0
end
local former = call('GET', KEYS[2])
if former then
    local record = call('HMGET', former, 'state', 'expires_at')
    if record[1] == 'pending' and now < tonumber(record[2]) then
        call('HSET', former, 'state', 'cancelled')
    end
end
call('HSET', KEYS[1], 'state', 'pending', 'provider_id', ARGV[2], 'max_attempts', ARGV[5],
    'created_at', text_of(now), 'expires_at', text_of(now + ARGV[3]))
call('PEXPIRE', KEYS[1], ARGV[4])
-- The provider may report a lifetime of zero, which SET does not take.
if tonumber(ARGV[3]) > 0 then
    call('SET', KEYS[2], KEYS[1], 'PX', ARGV[3])
else
    call('DEL', KEYS[2])
end
return 1
