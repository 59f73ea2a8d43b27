-- ChallengeStore::settle_create if nothing was sent, in one bucket: removes the record and takes back what it counted. The
-- same rules as SlidingWindow::decrement in sliding_window.rs. Does nothing if the record is no longer reserved.
-- KEYS: quota..., with a record: record, and with an idempotency key: creates
-- ARGV: ahead, (time, step, label) of each quota, and with an idempotency key: its name, name of the record
local quotas = math.floor((#ARGV - 1) / 3)
local record = KEYS[quotas + 1]
if record then
    if call('HGET', record, 'state') ~= 'reserved' then
        return 0
    end
    call('DEL', record)
    local creates, name = KEYS[quotas + 2], ARGV[3 * quotas + 2]
    local create = creates and read_create(creates, name)
    if create and create.record == ARGV[3 * quotas + 3] then
        call('HDEL', creates, name)
    end
end
for i = 1, quotas do
    local moment, step, label = tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i]), ARGV[3 * i + 1]
    local log = read_log(KEYS[i])
    follow_clock(log, step)
    -- If the clock went back, its entry moved and cannot be told from others. To take back the oldest is safe: the others
    -- count for longer.
    local moved = moment > end_of_step(step)
    for _, entry in ipairs(log) do
        if (moved or entry.time == moment) and entry.label == label then
            entry.count = entry.count - 1
            break
        end
    end
    if #log > 0 then
        write_log(KEYS[i], log)
    end
end
return 1
