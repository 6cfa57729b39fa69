"""Names of invented people and groups."""

FIRST_TEXT = (
    "Abel Ada Alma Amir Ana Anton Asha Bao Bela Ben Bianca Carl Carmen Chen Clara Dan Dara David Dina Ed Elif Ella "
    "Emil Esra Eva Fay Finn Flora Gil Gina Hana Hugo Ian Ida Ines Iris Ivan Jack Jana Jin Joel June Kai Karim Kate "
    "Kofi Lara Leo Lena Lin Luis Mara Max Mei Mila Nadia Neil Nina Noor Omar Otto Paula Petra Quinn Rafa Rana Rosa "
    "Ruth Sam Sara Sina Theo Tia Tom Uma Vera Wanda Will Yara Yusuf Zoe"
)
FIRST = FIRST_TEXT.split()
LAST_TEXT = (
    "Abbott Adler Alvarez Amsel Baker Banks Barros Becker Bishop Blum Bose Brandt Burns Castro Chan Cole Cruz Dalal "
    "Dawson Diaz Dorn Drake Eklund Ellis Estes Falk Farr Fischer Flores Frost Gale Garza Ghosh Grant Greer Haas Hahn "
    "Hart Heath Holm Horn Ibarra Imai Ivers James Jansen Joshi Kane Keller Khan Kim Klein Koch Kumar Lang Lark Leal "
    "Lund Mack Malik Marsh Mendez Moreno Nash Nolan Novak Nunez Oakes Ochoa Olsen Ortega Page Park Patel Pell Quist "
    "Rao Reed Reyes Rossi Saito Salas Sato Silva Singh Stein Stone Tanner Torres Vance Vargas Voss Wade Weber Wolfe "
    "Yoder Young Zamora Ziegler"
)
LAST = LAST_TEXT.split()
THEMES = (
    "Evaluation", "Records", "Benefits", "Imagery", "Translation", "Grants", "Search", "Forecasting", "Inspection",
    "Case work", "Code assistants", "Language access", "Public comments", "Fraud", "Weather", "Health data",
    "Maintenance", "Training", "Open data", "Accessibility", "Privacy", "Contracting", "Chat services", "Statistics",
)  # fmt: skip
KINDS = ("working group", "exchange", "pilot circle", "roundtable", "sub-group", "task team")
TAGS = (
    "ato", "audit", "captions", "chat", "clauses", "costs", "data", "drift", "evaluation", "fairness", "foia",
    "governance", "hiring", "incidents", "inventory", "labels", "logging", "metadata", "notices", "oversight",
    "pilots", "privacy", "prompts", "records", "retrieval", "risk", "sharing", "testing", "training", "vendors",
)  # fmt: skip
