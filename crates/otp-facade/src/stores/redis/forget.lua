-- ChallengeStore::forget: removes the counters of failures with this name and below it, and its quota if there is a key for it.
-- KEYS: people, and quota if everything is to be forgotten. ARGV: ahead, name
local name = 'failures:' .. ARGV[2]
local below = name .. '.'
for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
    if field == name or string.sub(field, 1, #below) == below then
        redis.call('HDEL', KEYS[1], field)
    end
end
if KEYS[2] then
    redis.call('DEL', KEYS[2])
end
return 1
