// 7 Last changes: what was learned in the last week, or is believed otherwise than before
WITH toString(datetime() - duration({days: 7})) AS since
MATCH (k:KnowledgeBase) WITH since, k.kb AS kb ORDER BY k.synced_at DESC LIMIT 1
MATCH (f:Fact) WHERE f.kb = kb AND f.changed_at >= since AND f.confidence >= 0 AND NOT f.open
RETURN f.name AS fact, f.status AS status, f.before AS before, round(f.confidence, 2) AS confidence,
       f.changed_at AS since
ORDER BY f.kb DESC, f.changed_at DESC, f.confidence DESC
LIMIT 200
