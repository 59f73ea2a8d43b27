-- ChallengeStore::settle_create after a start: makes the reserved challenge pending. The same rules as Record::confirm.
-- KEYS: record, slot, people, the former record of the slot if there was one, and with an idempotency key: creates
-- ARGV: ahead, provider_id, lifetime, kept for, max_attempts, name of the record, name of the former record, shared, and with
--     an idempotency key: its name, challenge
-- Returns 1, or 0 if it is not reserved, or the name of the former record if that is another one.
if call('HGET', KEYS[1], 'state') ~= 'reserved' then
    return {0, ''}
end
-- A script may only use keys that it was given. If another challenge was settled since the reservation, its record has to be
-- given to the script, which is then called again.
local former = call('GET', KEYS[2])
if former and former ~= ARGV[7] then
    return {2, former}
end
if former then
    local record = read_record(KEYS[4], KEYS[3])
    if record.state == 'pending' and now < record.expires_at then
        call('HSET', KEYS[4], 'state', 'cancelled')
    end
end
local accepted = ARGV[8] ~= '' and accepted_of(KEYS[3], ARGV[8])
if accepted then
    call('HSET', KEYS[1], 'accepted_before', accepted)
end
call('HSET', KEYS[1], 'state', 'pending', 'provider_id', ARGV[2], 'max_attempts', ARGV[5],
    'created_at', text_of(now), 'expires_at', text_of(now + ARGV[3]))
call('PEXPIRE', KEYS[1], ARGV[4])
-- The provider may report a lifetime of zero, which SET does not take.
if tonumber(ARGV[3]) > 0 then
    call('SET', KEYS[2], ARGV[6], 'PX', ARGV[3])
else
    call('DEL', KEYS[2])
end
if ARGV[9] then
    settle_create(KEYS[#KEYS], ARGV[9], ARGV[6], 'started', ARGV[10], ARGV[4])
end
return {1, ''}
