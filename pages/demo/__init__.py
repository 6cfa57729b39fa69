"""The demo community: invented people, real questions. `manage.py seed_demo` writes it."""

# What `make run` prints, and what everybody can know: good for a demo on one's own machine and nothing else.
PASSWORD = "community-of-practice"  # noqa: S105
SIGN_INS = (
    ("ada@gsa.gov", "administrator"),
    ("grace@nasa.gov", "moderator, lead of Responsible AI"),
    ("alan@navy.mil", "member of Responsible AI"),
    ("katherine@mit.edu", "member, in no group"),
    ("edsger@usda.gov", "observer in Responsible AI"),
)
