-- ChallengeStore::forget: removes the counters of failures with this name and below it, and its quota and idempotency keys if
-- there are keys for them.
-- KEYS: people, and quota and creates if everything is to be forgotten. ARGV: ahead, name
local name = 'failures:' .. ARGV[2]
local below = name .. '.'
for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
    if field == name or string.sub(field, 1, #below) == below then
        redis.call('HDEL', KEYS[1], field)
    end
end
if KEYS[2] then
    redis.call('DEL', KEYS[2], KEYS[3])
end
return 1
