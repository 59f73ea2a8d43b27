-- ChallengeStore::reserve_create, in one bucket: checks failures in a row and rate limits, counts the challenge, and writes
-- its record if it is in this bucket.
-- KEYS: people, quota..., with a record: record, slot, and with an idempotency key: creates
-- ARGV: ahead, max failures, number of failure counters, name..., number of quotas,
--     (step, label, number of limits, (max, window)...)..., with a record: lifetime, kept for, (field, value)..., and with an
--     idempotency key: its name, hash of the request, lease, name of the record
-- Returns: word, index of the limit, wait, former record of the slot, time of each quota, (left, wait) of each limit
-- Of another create with the same idempotency key: word, 0, milliseconds, what the guard keeps
local function answer(word, limit, wait, former, times, room)
    return {word, limit, wait, former, times, room}
end
local creates, last = KEYS[4 + ARGV[4 + ARGV[3]]], #ARGV
if creates then
    last = last - 4
    -- Before failures and limits: another create with this key sends nothing.
    local create = read_create(creates, ARGV[last + 1])
    if create then
        local word, wait, kept = replay_of(create, ARGV[last + 2])
        return answer(word, 0, wait, kept, {}, {})
    end
end
local at = 4
for i = at, at + ARGV[3] - 1 do
    if failures_of(KEYS[1], ARGV[i]) >= tonumber(ARGV[2]) then
        return answer('locked_out', 0, 0, '', {}, {})
    end
end
at = at + ARGV[3]
local quotas, limits, slowest, max_wait = {}, 0, 0, 0
for i = 1, tonumber(ARGV[at]) do
    local quota = {key = KEYS[1 + i], step = tonumber(ARGV[at + 1]), label = ARGV[at + 2], longest = 0}
    quota.log = read_log(quota.key)
    follow_clock(quota.log, quota.step)
    for n = 1, tonumber(ARGV[at + 3]) do
        local max, window = tonumber(ARGV[at + 2 + 2 * n]), tonumber(ARGV[at + 3 + 2 * n])
        local left, wait = room_of(quota.log, max, window, quota.label)
        if left == 0 and wait >= max_wait then
            slowest, max_wait = limits, wait
        end
        quota[n] = {max = max, window = window}
        quota.longest = math.max(quota.longest, window)
        limits = limits + 1
    end
    at = at + 3 + 2 * #quota
    quotas[i] = quota
end
-- Nothing is counted until all quotas have room.
if max_wait > 0 then
    for _, quota in ipairs(quotas) do
        if quota.log.went_back then
            write_log(quota.key, quota.log)
        end
    end
    return answer('limited', slowest, max_wait, '', {}, {})
end
local times, room = {}, {}
for i, quota in ipairs(quotas) do
    local log, moment = count_in(quota.log, quota.step, quota.longest, quota.label)
    write_log(quota.key, log, moment - now + log.longest)
    times[i] = moment
    for _, limit in ipairs(quota) do
        local left, wait = room_of(log, limit.max, limit.window, quota.label)
        room[#room + 1] = left
        room[#room + 1] = wait
    end
end
local record, slot = KEYS[2 + #quotas], KEYS[3 + #quotas]
if not record then
    return answer('granted', 0, 0, '', times, room)
end
call('HSET', record, 'created_at', text_of(now), 'expires_at', text_of(now + ARGV[at + 1]), unpack(ARGV, at + 3, last))
call('PEXPIRE', record, ARGV[at + 2])
if creates then
    write_create(creates, ARGV[last + 1], {ends = now + ARGV[at + 2], since = now, lease_ends = now + ARGV[last + 3],
        state = 'reserved', request = ARGV[last + 2], kept = '', record = ARGV[last + 4]})
    keep_people(creates, ARGV[at + 2])
end
return answer('granted', 0, 0, call('GET', slot) or '', times, room)
