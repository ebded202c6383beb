-- reach.lua: could a claim be made here? A write that needs memory, and changes nothing: what would refuse a
-- claim refuses it (a replica, a full memory, a disk that fails, replicas that are missing, an ACL).
--
-- KEYS  1 a key that nobody makes
--
-- Answers an array of strings:
--   there  now

redis.call('SET', KEYS[1], '', 'XX')
return answer('there')
