-- The server's clock in milliseconds since 1970. ARGV[1] moves it forward or back, in tests. Redis writes a number argument
-- with 17 digits, which takes as long as the command itself, so text_of makes strings of times.
local call = redis.call
local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[1]
local function text_of(moment)
    return string.format('%d', moment)
end
