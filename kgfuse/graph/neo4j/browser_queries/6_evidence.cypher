// Evidence: a fact that sources disagree about, what was said for and against it, and where
MATCH (fact:Fact)-[against:OPPOSED_BY]->(:Claim)
WITH fact, count(against) AS opposed ORDER BY opposed DESC, fact.id LIMIT 1
MATCH path = (fact)-[:SUPPORTED_BY|OPPOSED_BY]->(:Claim)-[:READ_IN]->(:Chunk)<-[:HAS_CHUNK]-(:Document|Section)
RETURN path
