// 6 Evidence: a fact that is believed though somebody spoke against it, what was said for and against, and where
MATCH (fact:Fact {status: 'accepted'})-[against:OPPOSED_BY]->(:Claim)
WITH fact, count(against) AS opposed ORDER BY opposed DESC, fact.id LIMIT 1
MATCH path = (fact)-[:SUPPORTED_BY|OPPOSED_BY]->(:Claim)-[:READ_IN]->(:Chunk)<-[:HAS_CHUNK]-(:Document|Section)
RETURN path
