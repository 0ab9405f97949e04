// 6 Evidence: a fact that is believed though somebody spoke against it, what was said for and against, and where
MATCH (k:KnowledgeBase) WITH k.kb AS kb ORDER BY k.synced_at DESC LIMIT 1
MATCH (fact:Fact {kb: kb, status: 'accepted'})-[against:OPPOSED_BY]->(:Claim)
WITH fact, count(against) AS opposed ORDER BY opposed DESC, fact.id LIMIT 1
MATCH path = (fact)-[:SUPPORTED_BY|OPPOSED_BY]->(:Claim)-[:READ_IN]->(:Chunk)<-[:HAS_CHUNK]-(:Document|Section)
RETURN path
