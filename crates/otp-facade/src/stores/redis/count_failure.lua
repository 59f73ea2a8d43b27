-- ChallengeStore::begin_attempt, in the bucket of the subject: counts a failure of the subject.
-- KEYS: people. ARGV: ahead, name, max, retention. Returns the time, or 0 if there were too many already.
return count_failure(KEYS[1], ARGV[2], ARGV[3], ARGV[4]) and now or 0
