"""The demo's people: invented members of real agencies' domains. None of them stands for a real person."""

from typing import NamedTuple


class Office(NamedTuple):
    """An agency with the domains that are its own."""

    abbreviation: str
    name: str
    affiliation: str
    domains: tuple[str, ...]


class Person(NamedTuple):
    handle: str  # the mail address too, unless `address` says otherwise
    name: str
    domain: str
    occupation: str
    title: str
    about: str = ""
    address: str = ""
    employment: str = "employee"
    roles: tuple[str, ...] = ()
    joined: int = 0  # days ago; 0: long ago


OFFICES = (
    Office("GSA", "General Services Administration", "federal", ("gsa.gov",)),
    Office("NASA", "National Aeronautics and Space Administration", "federal", ("nasa.gov",)),
    Office("Navy", "Department of the Navy", "military", ("navy.mil",)),
    Office("USDA", "Department of Agriculture", "federal", ("usda.gov",)),
    Office("VA", "Department of Veterans Affairs", "federal", ("va.gov",)),
    Office("HHS", "Department of Health and Human Services", "federal", ("hhs.gov", "nih.gov", "cdc.gov")),
    Office("DHS", "Department of Homeland Security", "federal", ("dhs.gov",)),
    Office("Treasury", "Department of the Treasury", "federal", ("treasury.gov", "irs.gov")),
    Office("DOL", "Department of Labor", "federal", ("dol.gov",)),
    Office("EPA", "Environmental Protection Agency", "federal", ("epa.gov",)),
    Office("SSA", "Social Security Administration", "federal", ("ssa.gov",)),
    Office("DOC", "Department of Commerce", "federal", ("doc.gov", "census.gov", "nist.gov", "noaa.gov")),
    Office("MIT", "Massachusetts Institute of Technology", "university", ("mit.edu",)),
    Office("Georgia Tech", "Georgia Institute of Technology", "university", ("gatech.edu",)),
    Office("Michigan", "University of Michigan", "university", ("umich.edu",)),
)

PRACTITIONER, SCIENTIST, EXECUTIVE, MANAGER = "practitioner", "data_scientist", "executive", "program_manager"
POLICY, SECURITY, DEVELOPER, EXPERT = "policy_maker", "security", "developer", "expert"

PEOPLE = (
    Person(
        "ada.byrne",
        "Ada Byrne",
        "gsa.gov",
        MANAGER,
        "Community manager",
        "I run this community. Write to me when something here does not work, or when it does.",
        address="ada@gsa.gov",
        roles=("administrator",),
    ),
    Person(
        "grace.hollis",
        "Grace Hollis",
        "nasa.gov",
        PRACTITIONER,
        "Responsible AI lead",
        "Lead of the Responsible AI group and one of the moderators. Twenty years of flight software before that, "
        "so I read the logs first.",
        address="grace@nasa.gov",
        roles=("moderator",),
    ),
    Person(
        "alan.tierney",
        "Alan Tierney",
        "navy.mil",
        MANAGER,
        "Program manager, logistics analytics",
        "Spare-part forecasts for ships that are older than I am.",
        address="alan@navy.mil",
    ),
    Person(
        "katherine.joyner",
        "Katherine Joyner",
        "mit.edu",
        EXECUTIVE,
        "Associate dean for research computing",
        "Rules and computing for about 300 labs. Here to compare notes.",
        address="katherine@mit.edu",
        employment="university",
    ),
    Person(
        "edsger.dahl",
        "Edsger Dahl",
        "usda.gov",
        POLICY,
        "Senior policy analyst",
        "I ask what the policy says the human is for.",
        address="edsger@usda.gov",
    ),
    # General Services Administration
    Person("dana.brooks", "Dana Brooks", "gsa.gov", MANAGER, "Product lead, shared AI services"),
    Person("owen.pratt", "Owen Pratt", "gsa.gov", EXPERT, "Contracting officer"),
    Person("priya.raman", "Priya Raman", "gsa.gov", EXPERT, "Section 508 program manager"),
    Person("marcus.bell", "Marcus Bell", "gsa.gov", SECURITY, "Cloud authorization engineer"),
    Person(
        "leah.stroud", "Leah Stroud", "gsa.gov", EXECUTIVE, "Deputy chief AI officer", roles=("steering",)
    ),
    Person("tobias.kern", "Tobias Kern", "gsa.gov", DEVELOPER, "Platform developer"),
    # National Aeronautics and Space Administration
    Person("felix.arroyo", "Felix Arroyo", "nasa.gov", DEVELOPER, "Machine learning engineer"),
    Person("nadia.volk", "Nadia Volk", "nasa.gov", EXPERT, "Data steward, Earth science"),
    Person("hugh.marlow", "Hugh Marlow", "nasa.gov", SECURITY, "Security architect"),
    Person("mei.tanaka", "Mei Tanaka", "nasa.gov", PRACTITIONER, "Evaluation engineer"),
    # Department of the Navy
    Person("rita.calloway", "Rita Calloway", "navy.mil", SECURITY, "Information system security manager"),
    Person("jonas.webb", "Jonas Webb", "navy.mil", DEVELOPER, "Software developer", employment="contractor"),
    Person("carla.dunne", "Carla Dunne", "navy.mil", EXPERT, "Training designer"),
    # Department of Agriculture
    Person("tomas.marsh", "Tomas Marsh", "usda.gov", MANAGER, "Program integrity"),
    Person("bonnie.lark", "Bonnie Lark", "usda.gov", SCIENTIST, "Survey statistician"),
    Person("ivan.koslow", "Ivan Koslow", "usda.gov", DEVELOPER, "Geographic information developer"),
    Person("ruth.anders", "Ruth Anders", "usda.gov", EXPERT, "Records officer"),
    # Department of Veterans Affairs
    Person(
        "rosa.ortiz",
        "Rosa Ortiz",
        "va.gov",
        PRACTITIONER,
        "Clinical AI governance",
        "Forty use cases, one board, and a template for almost everything.",
    ),
    Person("samuel.okafor", "Samuel Okafor", "va.gov", SCIENTIST, "Data scientist"),
    Person("gwen.holt", "Gwen Holt", "va.gov", EXPERT, "Human factors engineer"),
    Person("peter.lindqvist", "Peter Lindqvist", "va.gov", EXPERT, "Contract specialist"),
    Person("amara.sesay", "Amara Sesay", "va.gov", MANAGER, "Customer experience"),
    # Department of Health and Human Services
    Person("lin.zhao", "Lin Zhao", "hhs.gov", POLICY, "AI policy lead"),
    Person("victor.hale", "Victor Hale", "nih.gov", SCIENTIST, "Research data scientist"),
    Person("joy.nakamura", "Joy Nakamura", "hhs.gov", EXPERT, "Privacy officer"),
    Person("carl.brandt", "Carl Brandt", "hhs.gov", MANAGER, "Grants operations"),
    Person("esther.kimathi", "Esther Kimathi", "cdc.gov", SCIENTIST, "Public health data"),
    Person(
        "noel.fitch",
        "Noel Fitch",
        "hhs.gov",
        EXECUTIVE,
        "Office of the chief AI officer",
        roles=("steering",),
        joined=21,
    ),
    # Department of Homeland Security
    Person("kofi.barnes", "Kofi Barnes", "dhs.gov", SECURITY, "Red team lead"),
    Person("laura.svensson", "Laura Svensson", "dhs.gov", POLICY, "Civil rights and AI"),
    Person("miguel.santoro", "Miguel Santoro", "dhs.gov", DEVELOPER, "Developer"),
    Person("tess.granger", "Tess Granger", "dhs.gov", MANAGER, "Workforce programs"),
    # Department of the Treasury
    Person("harold.quist", "Harold Quist", "treasury.gov", PRACTITIONER, "Model risk management"),
    Person("irene.castell", "Irene Castell", "irs.gov", MANAGER, "Document processing"),
    Person("dev.mistry", "Dev Mistry", "treasury.gov", DEVELOPER, "Developer", employment="contractor"),
    Person("anna.lowry", "Anna Lowry", "treasury.gov", EXPERT, "Audit liaison"),
    # Department of Labor
    Person("bea.morrow", "Bea Morrow", "dol.gov", EXPERT, "Language access"),
    Person("glenn.ashby", "Glenn Ashby", "dol.gov", PRACTITIONER, "Automation program"),
    Person("sofia.renard", "Sofia Renard", "dol.gov", SCIENTIST, "Economist"),
    Person("jack.tolliver", "Jack Tolliver", "dol.gov", MANAGER, "Human resources"),
    # Environmental Protection Agency
    Person("walt.jensen", "Walt Jensen", "epa.gov", SCIENTIST, "Remote sensing"),
    Person("mona.haddad", "Mona Haddad", "epa.gov", EXPERT, "Freedom of information"),
    Person("chris.vale", "Chris Vale", "epa.gov", DEVELOPER, "Systems engineer"),
    # Social Security Administration
    Person("denise.farrow", "Denise Farrow", "ssa.gov", MANAGER, "Hearings operations"),
    Person("rob.kilgore", "Rob Kilgore", "ssa.gov", DEVELOPER, "Test lead"),
    Person("yara.sabet", "Yara Sabet", "ssa.gov", POLICY, "Program policy"),
    # Department of Commerce
    Person("paul.wexford", "Paul Wexford", "nist.gov", EXPERT, "Measurement science"),
    Person("naomi.stern", "Naomi Stern", "census.gov", SCIENTIST, "Disclosure avoidance"),
    Person("quentin.ames", "Quentin Ames", "noaa.gov", EXPERT, "Ocean data and metadata"),
    Person("lucy.thorne", "Lucy Thorne", "doc.gov", EXECUTIVE, "Enterprise architect", joined=17),
    # Universities
    Person("elena.ward", "Elena Ward", "mit.edu", EXPERT, "Chair, human–AI teaming", employment="university"),
    Person(
        "graham.pike",
        "Graham Pike",
        "gatech.edu",
        EXECUTIVE,
        "Vice provost for research",
        employment="university",
        joined=34,
    ),
    Person("maya.nair", "Maya Nair", "gatech.edu", EXPERT, "Laboratory director", employment="university"),
    Person(
        "stella.vance", "Stella Vance", "umich.edu", EXPERT, "Director, civic design", employment="university"
    ),
    Person(
        "ben.osei",
        "Ben Osei",
        "umich.edu",
        EXECUTIVE,
        "Chief data officer",
        employment="university",
        joined=26,
    ),
)
