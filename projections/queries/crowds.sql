-- purpose: the streams of a store, or of some streams those, that may have more links than they may have
-- grain: one stream: a user of many visitors, or an address of many users
-- writer: none
-- reader: projections/links.py
SELECT claimant AS stream FROM claimants
WHERE store = {store:String} AND claimed < 'b' AND ({everybody:Bool} OR claimant IN (SELECT stream FROM asked))
GROUP BY claimant
HAVING count() > {most_visitors:UInt64}
UNION ALL
SELECT claimed AS stream FROM claims
WHERE store = {store:String} AND claimed >= 'e' AND claimed < 'u'
    AND ({everybody:Bool} OR claimed IN (SELECT stream FROM asked))
GROUP BY claimed
HAVING count() > {most_users:UInt64} AND uniqExact(claimant) > {most_users:UInt64}
