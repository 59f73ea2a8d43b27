-- Milliseconds since 1970, by the server's clock; ARGV[1] moves it forward or back, in tests. A number that is given to a
-- command is written out with 17 places, which takes as long as the command: times are made text here.
local call = redis.call
local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[1]
local function text_of(moment)
    return string.format('%d', moment)
end
