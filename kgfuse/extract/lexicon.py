"""Word lists of the extractor: closed classes of English, each with what it is for."""

from __future__ import annotations

NAME_WORD = r"[A-ZÀ-Þ][\w.'’-]*"
"""A pattern: a word of a name."""
PARTICLES = "de|da|di|del|von|van|der|den|bin|ibn|al|la|le"
"""A pattern: words in lower case within a person's name."""
TITLES = frozenset("mr mrs ms miss dr prof professor sir dame madam mister lord lady".split())
FEMALE_WORDS = frozenset(
    "mrs ms miss dame madam lady chairwoman spokeswoman businesswoman mother wife daughter sister".split()
)
MALE_WORDS = frozenset("mr mister sir lord chairman spokesman businessman father husband son brother".split())

# Heads of noun phrases that name an office or a post.
OFFICES = frozenset(
    "ceo cfo coo cto cio cmo chairman chairwoman chairperson chair president director minister secretary governor mayor "
    "chancellor premier head manager officer executive treasurer chief commissioner ambassador dean rector principal editor "
    "leader founder co-founder cofounder partner professor lecturer scientist researcher engineer analyst adviser advisor "
    "consultant counsel spokesman spokeswoman spokesperson member trustee coach captain senator representative judge "
    "coordinator supervisor administrator architect economist strategist curator conductor owner shareholder investor "
    "accountant controller auditor fellow co-chair vice-president co-ceo headteacher headmaster headmistress provost bursar "
    "warden librarian archivist choirmaster".split()
)
POSTS_HELD = OFFICES | frozenset(
    "intern developer nurse teacher assistant associate clerk designer writer reporter technician postdoc programmer physician "
    "surgeon journalist instructor tutor specialist expert operator lawyer attorney salesperson buyer planner chemist "
    "physicist".split()
)
"""Words that say what somebody does for a living."""
# Offices whose name may stand between an organisation and a person without a preposition ('Acme chief executive Jane Roe').
OFFICE_STARTS = frozenset(
    "chief managing executive vice deputy general senior board prime foreign finance financial technology operating "
    "former ex acting interim technical operations project plant site group non-executive marketing legal medical".split()
)
# Words before an office that do not change which office it is.
NEUTRAL = frozenset(
    "new current present long-time longtime long-serving founding first second third last group global company own sole "
    "incumbent outgoing sitting permanent full-time well-known newly appointed respected veteran then".split()
)
TEMPORARY = frozenset("acting interim caretaker temporary provisional".split())
ENDED = frozenset("former ex erstwhile late then then- ex- onetime one-time previous".split())

# Nouns that relate two things ('subsidiary of', 'wife of').
RELATIONAL = frozenset(
    "subsidiary parent division unit branch part arm affiliate competitor rival customer client supplier maker manufacturer "
    "producer provider developer operator distributor author wife husband daughter son brother sister mother father spouse "
    "capital successor predecessor graduate alumnus alumna employee resident citizen native winner recipient inventor "
    "creator publisher sponsor backer member neighbour successor form type kind example component symptom "
    "treatment cause headquarters birthplace deputy patron".split()
)

KIN = frozenset("daughter son child brother sister mother father parent sibling twin grandson granddaughter".split())
LASTING = KIN | frozenset(
    "founder co-founder cofounder author inventor creator native graduate alumnus alumna winner recipient".split()
)
"""What one is for ever: who 'was the daughter of' somebody, or the founder of something, is it still."""
HOLDINGS = frozenset("owner shareholder investor".split())
"""What one sells and does not resign from."""

# Nouns that stand for an organisation ('the company'), a place or a person named before.
ORGANISATION_NOUNS = frozenset(
    "company firm group bank university institute agency organisation organization startup start-up manufacturer retailer "
    "utility airline developer business corporation enterprise association foundation charity club party ministry "
    "committee council authority regulator supplier operator producer maker broadcaster publisher school college hospital".split()
)
# Things that are built and named: 'the plant' after 'the Kalvneset plant' is that one.
WORKS_NOUNS = frozenset(
    "plant factory mill mine refinery smelter station terminal port harbour harbor bridge tunnel dam farm park building tower hall "
    "museum stadium airport hotel reactor pipeline cable line vessel ship ferry rig platform field project facility laboratory "
    "warehouse battery telescope satellite reservoir canal road railway".split()
)
PLACE_NOUNS = frozenset("city town country village municipality region state island county nation".split())

KINDS_OF = frozenset(
    "business committee council ministry agency authority party association institute school college hospital regulator unit".split()
)
"""What a word before tells from others of an organisation's: 'the planning committee' is no earlier organisation."""
OTHERS = frozenset(
    "central combined merged joint resulting enlarged other another next neighbouring neighboring nearby rival".split()
)
"""Words that say that another is meant than the last one named: 'the combined company'."""
OFFICIAL = frozenset(
    "university bank ministry department port institute academy museum chamber court college bureau".split()
)
"""Organisations whose names go on with 'of': 'Bank of England'."""
SEATS_OF = OFFICIAL | frozenset(
    "church gulf bay isle strait cape mount republic kingdom duchy treaty battle town city county province borough".split()
)
"""Words of names that go on with 'of': 'Port of Esbjerg', 'Gulf of Bothnia'."""
INCOMPLETE = frozenset(
    "mutation resistance response exposure sensitivity deficiency variant damage injury treatment therapy lack shortage infection "
    "interaction inhibition adherence tolerance allergy addiction".split()
)
"""Nouns that say little without what follows: 'resistance to imatinib', 'mutations in BRCA1'."""

# Measured attributes of things. Flows are measured over a period, stocks at a time.
FLOWS = frozenset(
    "revenue sales turnover profit loss income earnings result budget production output ebitda ebit spending expenditure "
    "dividend emission emissions growth order orders investment consumption expense expenses cash-flow deficit surplus".split()
)
STOCKS = frozenset(
    "capacity population headcount workforce staff price value valuation worth area size cost debt asset assets equity capital "
    "backlog margin stake share length height weight depth age speed width diameter temperature rate membership enrollment endowment "
    "capitalisation capitalization volume funding power yield accuracy area".split()
)
# Words before an attribute that do not change what is measured.
EVALUATIVE = frozenset(
    "record strong weak high higher low lower full-year quarterly new consolidated group overall preliminary final combined "
    "estimated reported restated same current present rising growing good solid large small huge corrected actual revised "
    "respectable total-year mere more less first-quarter second-quarter third-quarter fourth-quarter first-half half-year".split()
)
HEADCOUNT = frozenset("employee person people staff worker".split())

# Bodies that act for an organisation: 'the board of Acme appointed' is Acme's doing.
BODIES = frozenset(
    "board management directors shareholders meeting administration leadership executive-committee council trustees governors".split()
)

# Verbs by what they say about an office.
APPOINT = frozenset(
    "appoint name hire promote elect choose install confirm pick tap recruit reappoint reelect make instal".split()
)
BEGIN_AS = frozenset("take start return join rejoin begin step move succeed replace".split())
HOLD_AS = frozenset("serve act work remain continue stay lead run head".split())
GO_ON = frozenset("remain continue stay keep".split())
"""What one 'will' do and does already."""
END_AS = frozenset(
    "resign retire leave quit depart dismiss fire oust remove sack replace step stand go suspend terminate exit".split()
)
POSTS = frozenset("role position post job office function title duty helm leadership".split())

PRONOUNS = frozenset(
    "i me my mine we us our ours you your yours he him his she her hers it its they them their theirs this that these those "
    "there who whom whose which what one ones none each some many few others another anyone someone everybody everyone "
    "nobody nothing something anything everything itself himself herself themselves all both either neither".split()
)
NEGATIVE = frozenset("nobody none nothing no neither".split())
"""Words that deny what is said of them: 'nobody', 'no one', 'no director', 'none of the directors'."""
EMPTY_HEADS = frozenset("thing way fact case lot kind sort number time today year month week day".split())

# Words that weaken what their clause says.
RUMOUR_WORDS = frozenset(
    "reportedly allegedly rumoured rumored supposedly purportedly speculation rumour rumor rumours rumors unconfirmed gossip".split()
)
DOUBT_WORDS = frozenset("possibly perhaps maybe probably apparently likely presumably potentially seemingly".split())
PLAN_VERBS = frozenset(
    "expect plan intend hope want consider aim seek try attempt propose threaten wish like prepare consider discuss negotiate "
    "explore weigh mull envisage look project predict forecast schedule set due slate refuse decline fail agree offer urge ask "
    "advise recommend request require order instruct demand encourage decide resolve vote promise".split()
)
RUMOUR_VERBS = frozenset(
    "rumour rumor speculate allege suspect believe think doubt fear suggest claim whisper hint assume suppose imagine guess "
    "wonder understand tip question".split()
)
SAY_VERBS = frozenset(
    "say announce confirm report state tell write note add declare explain reveal disclose stress argue show find estimate "
    "mention inform conclude indicate demonstrate observe".split()
)
DENY_VERBS = frozenset("deny refute reject dispute dismiss".split())
STATIVE = frozenset(
    "be have live work serve own employ act hold reside belong remain lead head manage run chair operate study teach exist lie stand".split()
)
PARTICIPIAL_STATES = frozenset("base locate headquarter situate know own marry employ".split())
"""Verbs whose passive names a state: 'is based in', 'is married to'."""

# What a text may call its names, and take them up by ('the ship', 'the novelist').
SHIPS = frozenset(
    "ship vessel boat ferry liner freighter tanker trawler yacht frigate destroyer cruiser steamer steamship".split()
)
MADE_NOUNS = frozenset(
    "app application software program library framework platform system algorithm method model transformer network dataset "
    "language protocol standard game console device drug medicine vaccine therapy protein enzyme gene car vehicle aircraft "
    "smartphone phone laptop camera watch beer drink browser editor tool website service engine database compiler".split()
)
WRITTEN = frozenset("book novel memoir essay poem play biography autobiography textbook monograph thesis".split())
SHOWN = frozenset(
    "film movie picture documentary opera musical sitcom miniseries thriller album song single symphony".split()
)
BANDS = frozenset("band duo trio quartet choir orchestra".split())
BROADER_NOUNS = tuple(
    (frozenset(broad.split()), frozenset(narrow.split()))
    for broad, narrow in (
        ("ship vessel boat", " ".join(sorted(SHIPS - {"ship", "vessel", "boat"}))),
        ("footballer player", "striker midfielder defender goalkeeper winger forward"),
        ("software program project", "engine library framework tool app application database compiler editor browser"),
        ("film movie picture", "documentary thriller musical"),
        ("book", "novel memoir biography textbook"),
        ("record", "album single"),
        ("drug medicine medication", "antibiotic antibody inhibitor vaccine painkiller"),
        ("writer author", "novelist poet playwright essayist"),
        ("musician", "singer songwriter guitarist pianist rapper composer drummer bassist"),
        ("aircraft plane airplane aeroplane", "airliner jet"),
        ("lawsuit suit case", ""),
        ("bridge crossing", "viaduct"),
        ("hospital", "clinic"),
        ("school", "academy"),
        ("mountain mount peak", "volcano"),
    )
)
"""Nouns for one kind of thing, the broad ones and those for parts of it: a ferry is a vessel, a vessel may be a ferry, but no
ferry is a tanker."""
LANDFORMS = frozenset(
    "lake river mountain mount peak island valley glacier volcano forest desert peninsula bay cape reserve park area".split()
)
NAMING_NOUNS = (
    WORKS_NOUNS
    | (ORGANISATION_NOUNS - {"company", "group", "firm"})
    | (LANDFORMS - {"area"})
    | frozenset(
        "viaduct academy cathedral church theatre theater library clinic castle palace prize award treaty centre center trust fund "
        "inspectorate service commission court tribunal festival orchestra gallery administration bureau federation navy".split()
    )
)
"""Nouns that a name ends or begins with and that it may be taken up by."""
NO_KINDS = frozenset(
    "part kind type form sort example result cause reason member name number term word source center centre home site place end "
    "beginning start one way".split()
)
"""Nouns that say of a thing how it relates to another, not what it is."""
PERSONAL_NOUNS = frozenset(
    "engineer architect economist chemist physicist surgeon physician journalist lawyer nurse teacher politician actor actress "
    "footballer striker midfielder goalkeeper writer novelist poet playwright musician singer songwriter guitarist pianist "
    "rapper composer painter sculptor historian philosopher mathematician biologist daughter son brother sister mother father "
    "wife husband".split()
)
"""Nouns for people and nothing else."""
RANKS = frozenset(
    "bishop archbishop cardinal rabbi imam reverend rev pastor captain sergeant lieutenant colonel admiral corporal inspector "
    "constable detective judge senator baroness duchess countess queen king prince princess sheikh".split()
)
"""Words before a person's name that tell what he or she is; alone, or before other names, they may be anything."""
GENERAL_FIRMS = frozenset("company firm group business corporation organisation organization enterprise".split())
"""Nouns for any organisation: which one is meant, the last sentences tell, not what some name is called."""
BUILT = frozenset(
    "bridge viaduct tunnel dam tower stadium airport canal museum refinery smelter pipeline cathedral castle reservoir".split()
)
"""Last words of names that are no people's: 'Tarn Viaduct'."""
MADE_TO = frozenset(
    "ask tell want allow order persuade force help enable require hire appoint name urge invite permit cause advise encourage "
    "instruct teach expect believe consider find lead get command compel convince direct forbid inspire like love prefer prepare "
    "press prompt push recruit remind request select train warn authorise authorize choose elect nominate commission contract "
    "challenge assign let make have see hear watch bring oblige tempt entitle assume know show think understand report "
    "allege declare deem discover guess imagine judge perceive presume prove reckon rule suppose suspect drive motivate assist "
    "bind task charge beg call empower equip free induce influence license mandate move program qualify send sentence signal "
    "summon trust retain engage employ".split()
)
"""Verbs whose object does what their infinitive says: 'asked Roe to go'; who 'left Acme to found Volta' founded it."""
LAND_FIRST = frozenset("mount lake river cape".split())
"""First words of names that are no people's: 'Mount Skarn'."""
