-- KEYS: record, limit... ARGV: ahead
local record = redis.call('HMGET', KEYS[1], 'state', 'created_at')
if record[1] ~= 'reserved' then
    return 0
end
for i = 2, #KEYS do
    local counter = redis.call('HMGET', KEYS[i], 'count', 'start')
    if counter[1] and tonumber(counter[2]) <= tonumber(record[2]) and tonumber(counter[1]) > 0 then
        redis.call('HINCRBY', KEYS[i], 'count', -1)
    end
end
redis.call('DEL', KEYS[1])
return 1
