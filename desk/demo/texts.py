"""What stands in made-up dossiers, in the words of a Dutch agency."""

# What is owed, by trade of the client.
DEBTS = {
    "telecom": (
        "Abonnement internet, televisie en bellen",
        "Mobiel abonnement, drie maandtermijnen",
        "Toestelkrediet bij mobiel abonnement",
        "Eindafrekening na opzegging, modem niet ingeleverd",
    ),
    "energy": (
        "Termijnbedragen gas en elektriciteit",
        "Jaarafrekening gas en elektriciteit",
        "Eindafrekening na verhuizing",
    ),
    "shop": (
        "Bestelling op rekening, niet betaald",
        "Achteraf betalen: kleding, drie artikelen",
        "Wasmachine in twaalf termijnen",
        "Bank en bijzettafel, restant na aanbetaling",
    ),
    "insurer": (
        "Premie basisverzekering, vier maanden",
        "Eigen risico en eigen bijdrage",
        "Premie aanvullende verzekering",
    ),
    "housing": ("Huurachterstand, twee maanden", "Huur en servicekosten", "Schade bij oplevering"),
    "sport": ("Contributie, twaalf maanden", "Abonnement fitness, opgezegd zonder betaling"),
    "care": ("Tandheelkundige behandeling", "Orthodontie, tweede termijn", "Nota fysiotherapie"),
    "lease": ("Leasetermijnen personenauto", "Schade en meerkilometers bij inlevering"),
    "credit": ("Doorlopend krediet, opgeëist", "Persoonlijke lening, restantschuld"),
}
AGREEMENTS = {
    "telecom": "Abonnement, 24 maanden, via de website afgesloten",
    "energy": "Leveringsovereenkomst, vast tarief een jaar",
    "shop": "Koop op afstand, betalen na ontvangst",
    "insurer": "Zorgverzekering, maandbetaling",
    "housing": "Huurovereenkomst zelfstandige woning",
    "sport": "Lidmaatschap, maandelijks opzegbaar na een jaar",
    "care": "Behandelovereenkomst, nota overgedragen",
    "lease": "Leaseovereenkomst, 48 maanden",
    "credit": "Kredietovereenkomst, maandelijkse aflossing",
}
# Direction, channel, what was said.
CONTACTS = (
    (
        "in",
        "phone",
        "Belt: heeft de rekening nooit gezien. Kopie nota per post toegezegd, twee weken uitstel gegeven.",
    ),
    (
        "in",
        "phone",
        "Vraagt om een regeling. Voorstel 50 euro per maand, past bij inkomen. Akkoord gegeven.",
    ),
    (
        "in",
        "phone",
        "Zegt dat de klant al is betaald. Vraagt wat te doen; gevraagd om een bewijs van betaling.",
    ),
    ("in", "phone", "Is verhuisd, geeft het nieuwe adres door. Brieven voortaan daarheen."),
    (
        "in",
        "phone",
        "Boos over de hoogte van de kosten. Uitgelegd hoe die volgens de wet worden berekend.",
    ),
    (
        "in",
        "email",
        "Stuurt een schermafdruk van de betaling. Doorgezet naar de klant om na te gaan.",
    ),
    (
        "in",
        "email",
        "Betwist de rekening: het pakket is teruggestuurd. Stuurt het verzendbewijs mee.",
    ),
    (
        "in",
        "email",
        "Schrijft dat er hulp komt van de gemeente bij schulden. Dossier vier weken aangehouden.",
    ),
    ("in", "portal", "Heeft via de website een regeling van zes termijnen gekozen."),
    ("in", "letter", "Vraagt schriftelijk om een overzicht van alle betalingen."),
    (
        "out",
        "letter",
        "Eerste brief verstuurd met uitleg van de vordering en veertien dagen om te betalen.",
    ),
    ("out", "letter", "Tweede brief verstuurd, kosten berekend volgens de wettelijke staffel."),
    (
        "out",
        "letter",
        "Laatste brief voor een gang naar de rechter, met het voorstel om te bellen.",
    ),
    ("out", "email", "Betalingsherinnering gestuurd met een link om te betalen."),
    ("out", "sms", "Herinnering aan de termijn van deze maand."),
    ("out", "phone", "Gebeld, voicemail ingesproken met alleen naam en nummer, geen inhoud."),
    (
        "out",
        "phone",
        "Gesproken over de achterstand; belooft vrijdag na ontvangst van het salaris te betalen.",
    ),
    ("out", "letter", "Bevestiging van de betalingsregeling verstuurd."),
)
CLIENT_CONTACTS = (
    ("in", "phone", "Vraagt naar de stand van de overgedragen dossiers. Overzicht toegezegd."),
    ("in", "email", "Stuurt de nieuwe lijst met te innen facturen."),
    ("out", "email", "Maandrapportage gestuurd."),
    ("out", "phone", "Besproken hoe betwiste facturen worden aangeleverd."),
)
PROSPECT_CONTACTS = (
    ("in", "email", "Vraagt om een offerte voor het innen van ongeveer 200 facturen per jaar."),
    ("in", "phone", "Wil in het nieuwe jaar verder praten; zit nog vast aan een ander bureau."),
    ("out", "email", "Nieuwsbrief met cijfers over betaalgedrag gestuurd."),
    ("out", "phone", "Gebeld over de kennismaking op de vakbeurs."),
)
AUTHORITY_CONTACTS = (
    ("in", "email", "Bevestigt de ontvangst van de dagvaarding en noemt de datum van de zitting."),
    ("out", "letter", "Om uitstel gevraagd omdat partijen een regeling bespreken."),
)
LETTERS = (
    "Eerste incassobrief. U hebt een rekening nog niet betaald. U kunt binnen veertien dagen betalen zonder extra kosten.",
    "Tweede incassobrief. Wij hebben nog geen betaling ontvangen. Er zijn nu kosten bijgekomen. Kunt u niet in een keer betalen? Bel ons dan.",
    "Bevestiging van uw betalingsregeling. U betaalt elke maand op de afgesproken dag. Lukt dat een keer niet? Laat het ons dan vooraf weten.",
    "Reactie op uw brief. U schrijft dat u het niet eens bent met de rekening. Wij hebben de klant gevraagd dit na te gaan.",
)
EMPLOYERS = (
    "Bakkerij De Korenaar", "Distributiecentrum Midden", "Thuiszorg De Linde", "Bouwbedrijf Van Oost",
    "Hotel Aan de Haven", "Schoonmaakbedrijf Helder", "Basisschool De Wilg", "Garage Het Spoor",
)  # fmt: skip
INCOMES = (
    "Loon uit dienstverband",
    "Bijstandsuitkering",
    "WW-uitkering",
    "AOW en pensioen",
    "Winst uit eigen bedrijf",
)
LIVING = (
    "Alleenstaande ouder met twee kinderen; huurt bij een corporatie.",
    "Woont samen; een van beiden is werkloos geraakt.",
    "Woont tijdelijk bij familie na een scheiding.",
    "Alleenwonend, koopwoning met overwaarde volgens eigen opgave.",
)
HEALTH = (
    "Ligt langdurig in het ziekenhuis en vraagt om uitstel tot na het ontslag.",
    "Kan door een burn-out tijdelijk minder werken; verzoekt om een lagere termijn.",
    "Ontvangt begeleiding van de GGZ; de begeleider doet voortaan het woord.",
)
HEALTH_CONSENT = (
    "Gesprek van die dag: ja, dat mag u noteren, dan hoef ik het niet opnieuw uit te leggen."
)
CRIMINAL = (
    "Aangifte van de klant wegens bestellen onder een valse naam; proces-verbaal ontvangen.",
    "Verklaart gedetineerd te zijn en vraagt om stilstand tot de vrijlating.",
)
DISCLOSURES = {
    "adviser": "Dossier overgedragen om een dagvaarding uit te brengen",
    "credit_bureau": "Kredietwaardigheid opgevraagd voor een juridische stap",
    "address_provider": "Adres nagegaan omdat een brief terugkwam",
    "processor": "Brief laten drukken en verzenden",
    "bank": "Betaling verwerkt en doorbetaald",
    "client": "Stand van de vordering gemeld",
    "authority": "Processtukken ingediend",
    "foreign_agency": "Debiteur is naar het buitenland verhuisd; inning ter plaatse overgedragen",
}
INTERESTS = (
    "incasso zakelijk",
    "creditmanagement",
    "betaalgedrag per branche",
    "internationale inning",
)
COMPANIES = (
    "Drukkerij Van Vliet BV", "Installatiebedrijf De Waard", "Groothandel Noord BV", "Transport Van der Laan BV",
    "Kwekerij De Bloesem", "Architecten aan het Spui", "Tandartspraktijk De Lelie", "Autobedrijf Het Kruispunt",
)  # fmt: skip
