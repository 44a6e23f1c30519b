/*
 * Headers as French and English files write them, by hand or from Brevo, PrestaShop, Shopify, Magento, HubSpot,
 * Salesforce, Mailchimp. A header is compared in canonical capitals without blanks ("Date de naissance",
 * "date_naissance" and "DateNaissance" fall together), whole or after words that only say whose value it is
 * ("client_email") or which of several ("billing_city"). Nothing is guessed from a part of a word: a wrong role costs
 * more than none, and "Nom de la boutique" is nobody's name.
 */
#include "role.h"

#include "letters.h"

typedef struct synonyms {
    rv_role role;
    uint8_t rank;      /* 1: yields to a better name in the same table */
    const char *words; /* parted by blanks */
} synonyms;

static const synonyms table[] = {
    {RV_ROLE_ID, 0,
     "IDENTIFIANT CLIENTID IDCLIENT CUSTOMERID IDCUSTOMER CONTACTID IDCONTACT RECID RECORDID USERID IDUSER "
     "CLIENTN CODECLIENT CLIENTCODE CUSTOMERCODE NUMCLIENT NUMEROCLIENT NOCLIENT NCLIENT CLIENTNO CLIENTNUMBER IDUTILISATEUR "
     "CUSTOMERNUMBER REFCLIENT REFERENCECLIENT IDPERSONNE PERSONID IDADHERENT NUMADHERENT NUMEROADHERENT NADHERENT "
     "IDTIERS CODETIERS NUMEROCOMPTECLIENT IDABONNE IDLEAD LEADID MEMBERID IDMEMBRE SUBSCRIBERID IDFICHEINFORMATIONS "
     "IDENREGISTREMENT SQUARECUSTOMERID PROFILEID"},
    {RV_ROLE_ID, 1, "ID UID UUID UNIQUEID ROWID LEFTID RIGHTID LEID ENTITYID EXTERNALID IDEXTERNE KLAVIYOID"},
    {RV_ROLE_FIRST_NAME, 0,
     "PRENOM PRENOMS FIRSTNAME FORENAME GIVENNAME GIVENNAMES FNAME FIRST PRENOMUSUEL PREMIERPRENOM"},
    {RV_ROLE_LAST_NAME, 0,
     "NOM LASTNAME SURNAME FAMILYNAME LNAME LAST NOMFAMILLE NOMUSAGE NOMUSUEL NOMMARITAL PATRONYME NOMPATRONYMIQUE"},
    {RV_ROLE_FULL_NAME, 0,
     "NAME FULLNAME NOMPRENOM PRENOMNOM NOMCOMPLET NOMETPRENOM PRENOMETNOM NOMPRENOMS NOMETPRENOMS CUSTOMERNAME "
     "CLIENTNAME NOMCLIENT CONTACTNAME NOMCONTACT IDENTITE DISPLAYNAME NOMPRENOMCLIENT FORMATTEDNAME"},
    {RV_ROLE_CIVILITY, 0, "CIVILITE CIVILITY CIV SALUTATION POLITESSE NAMEPREFIX SOCIALTITLE TITRECIVILITE"},
    {RV_ROLE_CIVILITY, 1, "TITRE TITLE PREFIX"},
    {RV_ROLE_SEX, 0, "SEXE SEX GENRE GENDER IDGENDER"},
    {RV_ROLE_BIRTH_DATE, 0,
     "DATENAISSANCE DATENAISS DTNAISSANCE DTNAISS DTENAISSANCE DDN DDNAISSANCE NELE NEELE NAISSANCE DATEOFBIRTH "
     "DATEBIRTH BIRTHDATE DOB BIRTH BIRTHDAY DATENAIS ANNIVERSAIRE DATEANNIVERSAIRE DATENAISSANCECLIENT"},
    {RV_ROLE_BIRTH_DAY, 0, "JOURNAISSANCE BIRTHDAYOFMONTH DAYOFBIRTH JNAISS BD"},
    {RV_ROLE_BIRTH_MONTH, 0, "MOISNAISSANCE BIRTHMONTH MONTHOFBIRTH MNAISS BM"},
    {RV_ROLE_BIRTH_YEAR, 0, "ANNEENAISSANCE BIRTHYEAR YEAROFBIRTH ANAISS YOB BY"},
    {RV_ROLE_AGE, 0, "AGE"},
    {RV_ROLE_STREET_NUMBER, 0,
     "STREETNUMBER ADDRESSNUMBER STREETNO HOUSENUMBER HOUSENO NUMEROVOIE NUMVOIE NOVOIE NVOIE NUMRUE NUMERORUE NRUE"},
    {RV_ROLE_STREET, 0, "STREET STREETNAME RUE VOIE NOMVOIE LIBELLEVOIE NOMRUE ROAD"},
    {RV_ROLE_ADDRESS_LINE, 0,
     "ADRESSE ADDRESS ADDR ADR ADRESSEPOSTALE POSTALADDRESS ADDRESSLINE ADDRESSLINE1 ADRESSELIGNE1 ADDRESS1 ADRESSE1 "
     "ADR1 ADDR1 LIGNE4 STREET1 RUE1 STREETADDRESS STREETADDRESS1 ADRESSECOMPLETE FULLADDRESS LIGNEADRESSE "
     "LIGNEADRESSE1 "
     "NUMEROETVOIE NUMEROETRUE NETVOIE NETRUE ADDRESS1STREET ADDRESS1STREET1 ADDRESS1LINE1"},
    {RV_ROLE_ADDRESS_EXTRA, 0,
     "ADDRESS2 ADRESSE2 ADR2 ADDR2 ADDRESSLINE2 ADRESSELIGNE2 ADRESSE3 ADDRESS3 ADR3 ADDRESSLINE3 COMPLEMENT "
     "COMPLEMENTADRESSE COMPLADRESSE CPLADRESSE ADDRESSEXTRA LIGNE2 LIGNE3 LIGNE5 BATIMENT RESIDENCE LIEUDIT "
     "LIGNEADRESSE2 ADDRESS1EXTENDEDADDRESS ADDRESS1STREET2 ADDRESS1LINE2 STREET2 RUE2 STREETADDRESS2 ADRESSESUITE"},
    {RV_ROLE_POSTCODE, 0, "CP CODEPOSTAL CODPOST CODEPOST CODEPOSTALE POSTALCODE ADDRESS1POSTALCODE POSTCODE ZIP ZIPCODE POSTAL CPOSTAL ADDRESS1ZIP "
     "NPA PLZ"},
    {RV_ROLE_CITY, 0,
     "VILLE CITY TOWN COMMUNE LOCALITE LOCALITY SUBURB LIBELLECOMMUNE NOMCOMMUNE BUREAUDISTRIBUTEUR "
     "LIBELLEACHEMINEMENT NOMVILLE VILLERESIDENCE CITYNAME ADDRESS1CITY"},
    {RV_ROLE_CITY, 1,
     "CPVILLE CPETVILLE CPCOMMUNE CPLOCALITE VILLECP VILLEETCP CODEPOSTALVILLE CODEPOSTALETVILLE VILLECODEPOSTAL ZIPCITY "
     "POSTCODECITY POSTALCODECITY"},
    {RV_ROLE_REGION, 0, "REGION STATE PROVINCE DEPARTEMENT DEPT DEP COUNTY STATEPROVINCE CANTON"},
    {RV_ROLE_REGION, 1, "PROVINCECODE STATECODE"},
    {RV_ROLE_COUNTRY, 0, "PAYS COUNTRY NATION PAYSRESIDENCE ADDRESS1COUNTRY"},
    {RV_ROLE_COUNTRY, 1, "CODEPAYS COUNTRYCODE COUNTRYID PAYSISO"},
    {RV_ROLE_EMAIL, 0,
     "EMAIL MAIL MEL COURRIEL EMAILADDRESS ADRESSEEMAIL ADRESSEMAIL EMAIL1 MAIL1 ADRESSEELECTRONIQUE "
     "COURRIELELECTRONIQUE ADRMAIL ADREMAIL ADRESSECOURRIEL EMAILPRINCIPAL ADRESSEMEL MAILADDRESS "
     "COURRIERELECTRONIQUE EMAIL1VALUE ADRESSEMESSAGERIE"},
    {RV_ROLE_EMAIL, 1, "EMAILPAYEUR"},
    {RV_ROLE_EMAIL_SHA256, 0,
     "EMAILSHA256 SHA256EMAIL MAILSHA256 SHA256 SHA256MAIL EMAILHASHSHA256 EMAILSHA2 HEMSHA256"},
    {RV_ROLE_EMAIL_MD5, 0, "EMAILMD5 MD5EMAIL MAILMD5 MD5 MD5MAIL EMAILHASHMD5 HEMMD5"},
    {RV_ROLE_EMAIL_SHA1, 0, "EMAILSHA1 SHA1EMAIL MAILSHA1 SHA1 SHA1MAIL EMAILHASHSHA1 HEMSHA1"},
    {RV_ROLE_MOBILE, 0,
     "MOBILE PORTABLE GSM TELMOBILE TELEPHONEMOBILE MOBILEPHONE PHONEMOBILE CELLPHONE CELL TELPORTABLE SMS TELGSM "
     "TELEPHONEPORTABLE NUMEROMOBILE NUMEROPORTABLE NUMMOBILE NUMPORTABLE MOBILENUMBER MOBILE1 MOBILEPHONENUMBER "
     "NUMEROTELEPHONEMOBILE NUMEROTELEPHONEPORTABLE NMOBILE NPORTABLE TELMOB GSMNUMBER NUMEROGSM NATEL "
     "TELNATEL"},
    {RV_ROLE_MOBILE, 1, "WHATSAPP WHATSAPPPHONENUMBER NUMEROWHATSAPP"},
    {RV_ROLE_PHONE, 0,
     "TEL TELEPHONE PHONE PHONENUMBER TELFIXE FIXE TELEPHONEFIXE NUMEROTELEPHONE NUMTEL NUMEROTEL NUMTELEPHONE NOTEL "
     "NTEL NTELEPHONE LANDLINE LANDLINENUMBER HOMEPHONE TELDOMICILE TEL1 PHONE1 TELEPHONE1 TELEPHONEDOMICILE "
     "TELEPHONENUMBER NUMEROFIXE LIGNEFIXE PHONE1VALUE"},
    {RV_ROLE_PHONE_SHA256, 0, "PHONESHA256 SHA256PHONE TELSHA256 MOBILESHA256 TELEPHONESHA256 SHA256TEL SHA256MOBILE"},
    {RV_ROLE_IDENTIFIER, 0,
     "IDENTIFIER SOCSECID SSN NIR NUMEROSECU NUMSECU NUMEROSECURITESOCIALE LOYALTYCARD CARTEFIDELITE NUMCARTE "
     "NUMEROCARTE NUMCARTEFIDELITE NUMEROCARTEFIDELITE LOYALTYID NATIONALID CARDNUMBER NCARTE NCARTEFIDELITE "
     "LOYALTYCARDNUMBER NFIDELITE CODEFIDELITE NUMFIDELITE CARDCODE"},
    {RV_ROLE_CONSENT, 0,
     "CONSENT CONSENTEMENT OPTIN OPTINEMAIL OPTINSMS OPTINMAIL OPTOUT EMAILOPTIN SMSOPTIN EMAILOPTOUT SMSOPTOUT "
     "OPTINCOURRIER OPTINPARTENAIRE OPTINPARTENAIRES DOUBLEOPTIN RGPD GDPR ACCEPTSMARKETING ACCEPTSEMAILMARKETING "
     "ACCEPTSSMSMARKETING EMAILMARKETINGCONSENT SMSMARKETINGCONSENT MARKETINGCONSENT CONSENTEMENTEMAIL "
     "CONSENTEMENTSMS CONSENTEMENTMARKETING CONSENTEMENTRGPD CONSENTEMENTNEWSLETTER ACCEPTEEMAIL ACCEPTEEMAILS "
     "ACCEPTESMS ACCEPTEMARKETING NEWSLETTER NEWSLETTERS LETTREINFORMATIONS LETTREINFORMATION OFFRESPARTENAIRES "
     "PARTNEROFFERS NEWS OPT INSCRITNEWSLETTER INSCRITALANEWSLETTER ABONNENEWSLETTER ISSUBSCRIBED DONOTCALL "
     "NEPASAPPELER HASOPTEDOUTEMAIL HASOPTEDOUTOFEMAIL HASOPTEDOUTFAX HASOPTEDOUTOFFAX UNSUBSCRIBEDFROMALLEMAIL "
     "DESINSCRITTOUSLESEMAILS EMAILBLOCKLISTED EMAILBLACKLISTED SMSBLOCKLISTED SMSBLACKLISTED BLACKLISTED BLOCKLISTED "
     "EMAILSUBSCRIPTIONSTATUS EMAILSUBSCRIBERSTATUS SMSSUBSCRIPTIONSTATUS SMSSUBSCRIBERSTATUS DESINSCRIT DESABONNE "
     "UNSUBSCRIBED DONOTALLOWEMAILS DONOTALLOWBULKEMAILS DONOTALLOWPHONECALLS DONOTALLOWMAILS EMAILAUTORISE SMSAUTORISE"},
    {RV_ROLE_LAST_SEEN, 0,
     "LASTSEEN VULE DERNIEREACTIVITE LASTACTIVITYDATE LASTACTIVE DERNIERCONTACT DATEDERNIEREACTIVITE LASTVISIT "
     "DERNIEREVISITE DATEDERNIEREVISITE DERNIERECONNEXION LASTLOGIN LASTLOGINDATE"},
    {RV_ROLE_LAST_SEEN, 1, "LASTACTIVITY"},
    {RV_ROLE_UPDATED_ON, 0,
     "UPDATEDON UPDATEDAT DATEMAJ MAJLE DATEMISEAJOUR DATEMISEJOUR LASTUPDATE LASTUPDATED MODIFIEDAT DATEMODIFICATION "
     "LASTMODIFIEDDATE LASTMODIFIED MODIFIEDTIME LASTCHANGED DATEUPD DATEDERNIEREMODIFICATION DERNIEREMODIFICATION "
     "UPDATEMOMENT"},
    {RV_ROLE_SOURCE, 0, "SOURCE"},
    {RV_ROLE_ORDER_DATE, 0,
     "ORDERDATE DATE DATECOMMANDE DATEACHAT PURCHASEDATE DATETRANSACTION TRANSACTIONDATE DATETICKET DATEVENTE "
     "DATEFACTURE DATEPURCHASE SALEDATE"},
    {RV_ROLE_AMOUNT, 0,
     "AMOUNT MONTANT MONTANTTTC CA TOTAL TOTALTTC PRICE ORDERAMOUNT MONTANTCOMMANDE MONTANTTOTAL TOTALAMOUNT "
     "ORDERTOTAL TOTALCOMMANDE CATTC MONTANTACHAT MONTANTACHATS MONTANTDEPENSE CHIFFREAFFAIRES CHIFFREAFFAIRE "
     "TOTALPRICE MONTANTTOTALCOMMANDE TOTALPAID MONTANTTARIF"},
    {RV_ROLE_AMOUNT, 1, "TOTALSPENT TOTALSPEND LIFETIMESPEND VENTES SALES CATOTAL CACUMULE ITEMPRICE PRIX PRIXTTC PRIXTOTAL"},
    {RV_ROLE_ORDER_ID, 0,
     "ORDERID IDCOMMANDE IDORDER NUMCOMMANDE NUMEROCOMMANDE NCOMMANDE NOCOMMANDE COMMANDEID TRANSACTIONID TICKETID "
     "NUMTICKET NUMEROTICKET NTICKET REFCOMMANDE REFERENCECOMMANDE ORDERNUMBER ORDERREFERENCE NUMEROFACTURE "
     "IDTRANSACTION ORDERNO"},
};

/* Words that say whose value it is, not what it is. */
static const char owners[] = "CLIENT CUSTOMER CONTACT CUST CLI USER ADHERENT MEMBRE MEMBER PERSON PERSONNE ABONNE "
                             "BENEFICIAIRE RV LEAD PROSPECT SUBSCRIBER ACHETEUR BUYER UTILISATEUR CLIENTE CLIENTS "
                             "PATIENT PATIENTE";

/* Words that say which of several. Names stand only where an order says to whom. */
typedef struct qualifiers {
    uint8_t rank; /* 1: the first of several, 2: another one */
    bool names;
    const char *words;
} qualifiers;
static const qualifiers which[] = {
    {1, true, "BILLING FACTURATION DEFACTURATION BILL BILLINGADDRESS FACT ADRESSEFACTURATION INVOICE BILLTO"},
    {1, true, "ADDRESS ADRESSE DEFAULTADDRESS ADDRESSES"},
    {1, false,
     "DEFAULT MAILING HOME DOMICILE PRINCIPAL PRINCIPALE MAIN PRIMARY PERSO PERSONAL PERSONNEL PERSONNELLE PRIVE PRIVEE POSTAL "
     "POSTALE ADRESSEPOSTALE MAILINGADDRESS PERMANENT PERMANENTE ACTUEL ACTUELLE"},
    {2, true, "SHIPPING LIVRAISON DELIVERY SHIP SHIPTO SHIPPINGADDRESS DELIVERYADDRESS ADRESSELIVRAISON"},
    {2, false,
     "OTHER AUTRE SECONDAIRE SECONDARY ALTERNATE ALTERNATIVE ALT WORK PRO PROFESSIONNEL PROFESSIONNELLE BUSINESS "
     "BUREAU "
     "TRAVAIL OFFICE AUTREADRESSE OTHERADDRESS 2 3 4"},
};

/* Words between words, and those that make a question of a name: "What's your first name?". */
static const char small_words[] = "DE DU DES D L LA LE LES OF THE A S VOTRE VOS YOUR WHAT IS QUEL QUELLE EST";
/* What stands in brackets behind a name and says nothing of whose it is. */
static const char remarks[] =
    "JJ MM AAAA AA DD YYYY YY FORMAT OBLIGATOIRE REQUIRED REQUIS FACULTATIF OPTIONNEL OPTIONAL "
    "E164 INTERNATIONAL OUI NON O N Y YES NO HTML EUR EUROS TTC F M H SI CONNU CONNUE TEXTE "
    "TEXT STRING ISO UTC 0";
/* Values of somebody or something else, whatever they look like. */
static const char strangers[] =
    "OWNER PROPRIETAIRE CONSEILLER CONSEILLERE VENDEUR VENDEUSE SELLER PARRAIN MARRAINE FILLEUL SPONSOR REFERRER "
    "CONJOINT CONJOINTE SPOUSE PARTNER ENFANT CHILD PARENT ASSISTANT BOUTIQUE MAGASIN STORE SHOP WEBSITE SITE "
    "ENTREPRISE COMPANY SOCIETE ORGANISATION ORGANIZATION ACCOUNT COMPTE EMPLOYEUR EMPLOYEE EMPLOYER VENDOR "
    "FOURNISSEUR "
    "SUPPLIER PRODUIT PRODUCT LINEITEM ITEM ARTICLE MARQUE BRAND CAMPAIGN CAMPAGNE PASSWORD PASSWD TOKEN HASH KEY "
    "DOMAIN "
    "DOMAINE CONFIRMED CONFIRMATION CREATED CREATION MODIFIED SHIPPING LIVRAISON DELIVERY LATITUDE LONGITUDE FAX "
    "TELECOPIE COLLABORATEUR MANAGER RESPONSABLE CREATOR AUTEUR AUTHOR USERNAME LOGIN PSEUDO NICKNAME SUFFIX "
    "MIDDLENAME "
    "GROUP GROUPE MAISON HOTEL AGENCE AGENCY POINT SIRET SIREN EAN SKU IBAN BIC TVA VAT";
/* Dates and places of something else than a birth or a home. */
static const char events[] =
    "INSCRIPTION ADHESION CREATION CREATED ADDED AJOUT REGISTRATION SINCE DEPUIS ENTREE SORTIE "
    "DEBUT FIN START END CANCELLED PAID FULFILLED COMMANDE ORDER ACHAT PURCHASE VISITE VISIT "
    "CONFIRM OPTIN UNSUB MODIFICATION RELANCE ENVOI SENT EXPIRATION";

/* Columns that only a list of orders has. */
static const char order_words[] =
    "PAIEMENT PAYMENT PAYMENTMETHOD MODEPAIEMENT MOYENPAIEMENT LIVRAISON DELIVERY SHIPPINGMETHOD FINANCIALSTATUS "
    "FULFILLMENTSTATUS LINEITEMNAME LINEITEMQUANTITY SUBTOTAL SOUSTOTAL TAXES CURRENCY DEVISE NOUVEAUCLIENT NEWCLIENT "
    "NEWCUSTOMER";

enum { HEADER_MAX = 192, WORDS_MAX = 24, STRIP_MAX = 4 };

/* "MailingPostalCode" has three words: a blank before a capital behind a small letter. */
static size_t capitals(rv_text header, char *out) {
    char parted[HEADER_MAX];
    uint32_t n = 0;
    for (uint32_t i = 0; i < header.len && n + 2 < sizeof parted; i++) {
        char c = header.ptr[i];
        if (i && c >= 'A' && c <= 'Z' && header.ptr[i - 1] >= 'a' && header.ptr[i - 1] <= 'z') parted[n++] = ' ';
        parted[n++] = c;
    }
    if (n > 3 && memcmp(parted + n - 3, "__c", 3) == 0) n -= 3; /* Salesforce's mark of an own field */
    return rv_letters(rv_text_make(parted, n), 0, out, HEADER_MAX);
}

static size_t join(const rv_text *words, size_t n, bool all, char *out) {
    size_t len = 0;
    for (size_t i = 0; i < n; i++) {
        if (!all && rv_word_in(words[i], small_words)) continue;
        memcpy(out + len, words[i].ptr, words[i].len);
        len += words[i].len;
    }
    return len;
}

/* Our own names, "phone_sha256", and without their underscores. */
static bool is_own(rv_text joined, rv_role *role) {
    for (int r = 1; r < RV_ROLE_COUNT; r++) {
        const char *own = rv_role_name((rv_role)r);
        size_t at = 0;
        for (; *own && at < joined.len; own++) {
            if (*own == '_') continue;
            char upper = *own >= 'a' && *own <= 'z' ? (char)(*own - 32) : *own;
            if (joined.ptr[at] != upper) break;
            at++;
        }
        if (*own || at != joined.len) continue;
        *role = (rv_role)r;
        return true;
    }
    return false;
}

static bool look_up(rv_text joined, rv_header *out) {
    if (joined.len == 0) return false;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (!rv_word_in(joined, table[i].words)) continue;
        out->role = table[i].role;
        out->rank = table[i].rank;
        return true;
    }
    if (is_own(joined, &out->role)) return true;
    bool plural = joined.len > 3 && joined.ptr[joined.len - 1] == 'S';
    return plural && look_up(rv_text_make(joined.ptr, joined.len - 1), out);
}

static bool names_somebody(rv_role role) {
    return role == RV_ROLE_FIRST_NAME || role == RV_ROLE_LAST_NAME || role == RV_ROLE_FULL_NAME;
}

/* What may come several times for one person. A delivery has a date too, and an address an id. */
static bool comes_in_kinds(rv_role role) {
    return rv_role_is_address(role) || role == RV_ROLE_EMAIL || role == RV_ROLE_MOBILE || role == RV_ROLE_PHONE;
}

static bool strip(rv_text joined, unsigned depth, rv_header *out);

/* The rest behind an affix that has been taken away. */
static bool rest_of(rv_text rest, unsigned depth, const qualifiers *q, rv_text affix, rv_header *out) {
    rv_header found = {0};
    if (!look_up(rest, &found) && !strip(rest, depth + 1, &found)) return false;
    if (!q) {
        bool loose = found.role == RV_ROLE_SOURCE || (found.role == RV_ROLE_ORDER_DATE && rv_text_is(rest, "DATE"));
        if (loose || (found.role == RV_ROLE_FULL_NAME && rv_text_is(affix, "USER"))) return false; /* a login */
        if (found.role == RV_ROLE_ID) found.rank = 0;
    } else {
        bool address_name = rv_text_is(affix, "ADDRESS") && rv_text_is(rest, "NAME");
        if (!comes_in_kinds(found.role) && !(q->names && names_somebody(found.role) && !address_name)) return false;
        if (found.rank < q->rank) found.rank = q->rank;
    }
    *out = found;
    return true;
}

static bool strip_list(rv_text joined, unsigned depth, const qualifiers *q, const char *list, rv_header *out) {
    while (*list) {
        const char *end = strchr(list, ' ');
        rv_text affix = rv_text_make(list, end ? (size_t)(end - list) : strlen(list));
        list += affix.len + (end != NULL);
        if (joined.len <= affix.len) continue;
        rv_text head = rv_text_make(joined.ptr + affix.len, joined.len - affix.len);
        rv_text tail = rv_text_make(joined.ptr, joined.len - affix.len);
        if (memcmp(joined.ptr, affix.ptr, affix.len) == 0 && rest_of(head, depth, q, affix, out)) return true;
        if (memcmp(joined.ptr + tail.len, affix.ptr, affix.len) == 0 && rest_of(tail, depth, q, affix, out))
            return true;
    }
    return false;
}

static bool strip(rv_text joined, unsigned depth, rv_header *out) {
    if (depth == STRIP_MAX) return false;
    if (strip_list(joined, depth, NULL, owners, out)) return true;
    for (size_t i = 0; i < sizeof which / sizeof *which; i++)
        if (strip_list(joined, depth, &which[i], which[i].words, out)) return true;
    return false;
}

static bool read_words(const rv_text *words, size_t n, rv_header *out) {
    char joined[HEADER_MAX];
    for (size_t i = 1; i < n; i++) /* Magento's flags: _address_default_billing_ */
        if (rv_text_is(words[i - 1], "DEFAULT") && rv_word_in(words[i], "BILLING SHIPPING")) return false;
    for (int all = 1; all >= 0; all--) {
        rv_text whole = rv_text_make(joined, join(words, n, all, joined));
        if (look_up(whole, out) || strip(whole, 0, out)) return true;
    }
    return false;
}

static bool read_text(rv_text header, rv_header *out) {
    char letters[HEADER_MAX];
    rv_text words[WORDS_MAX];
    return read_words(words, rv_words(rv_text_make(letters, capitals(header, letters)), words, WORDS_MAX), out);
}

/* "Date de naissance (JJ/MM/AAAA)": the name before the bracket, where the bracket is a remark. */
static bool read_before_remark(rv_text header, rv_header *out) {
    const char *open = header.len ? memchr(header.ptr, '(', header.len) : NULL;
    if (!open || open == header.ptr) return false;
    char letters[HEADER_MAX];
    rv_text words[WORDS_MAX], inside = rv_text_make(open, (size_t)(header.ptr + header.len - open));
    size_t n = rv_words(rv_text_make(letters, rv_letters(inside, 0, letters, sizeof letters)), words, WORDS_MAX);
    for (size_t i = 0; i < n; i++)
        if (!rv_word_in(words[i], remarks)) return false;
    return read_text(rv_text_make(header.ptr, (size_t)(open - header.ptr)), out);
}

/* "Zip/Postal Code", "State/Province": two names of one thing; the first that is known. */
static bool read_alternatives(rv_text header, rv_header *out) {
    const char *slash = header.len ? memchr(header.ptr, '/', header.len) : NULL;
    if (!slash || memchr(header.ptr, '(', (size_t)(slash - header.ptr))) return false;
    rv_text first = rv_text_make(header.ptr, (size_t)(slash - header.ptr));
    rv_text second = rv_text_make(slash + 1, (size_t)(header.ptr + header.len - slash - 1));
    rv_header a = {0}, b = {0};
    bool has_a = read_text(first, &a), has_b = read_text(second, &b);
    if (!has_a && !has_b) return false;
    *out = has_a ? a : b;
    if (has_a && has_b && b.rank > a.rank) out->rank = b.rank; /* "Code postal/Zip (adresse postale)" */
    return true;
}

static bool any_in(const rv_text *words, size_t n, const char *list) {
    for (size_t i = 0; i < n; i++)
        if (rv_word_in(words[i], list)) return true;
    return false;
}

/* c1, Column 3, Colonne12, Champ 4, Unnamed: 0, F5: what stands where nobody gave a name. */
static bool says_nothing(rv_text joined) {
    while (joined.len && rv_is_digit(joined.ptr[joined.len - 1])) joined.len--;
    return joined.len == 0 || rv_word_in(joined, "C F COL COLONNE COLUMN CHAMP FIELD UNNAMED VAR X V");
}

/* "rv_contact_id" of an enriched file: the contact that was attached, empty for many rows and shared by others. */
static bool names_our_contact(rv_text header) {
    return header.len >= 13 && memcmp(header.ptr, "rv_", 3) == 0 &&
           rv_text_is(rv_text_make(header.ptr + header.len - 10, 10), "contact_id");
}

rv_header rv_header_read(rv_text header) {
    char letters[HEADER_MAX], joined[HEADER_MAX];
    rv_text words[WORDS_MAX];
    rv_header out = {0};
    size_t n = rv_words(rv_text_make(letters, capitals(header, letters)), words, WORDS_MAX);
    rv_text whole = rv_text_make(joined, join(words, n, true, joined));
    char own[32] = "";
    rv_text plain = rv_text_trim(header);
    if (names_our_contact(plain)) return out;
    for (uint32_t i = 0; i < plain.len && plain.len < sizeof own; i++)
        own[i] = plain.ptr[i] >= 'A' && plain.ptr[i] <= 'Z' ? (char)(plain.ptr[i] + 32) : plain.ptr[i];
    if (rv_role_find(own, &out.role)) out.rank = out.role == RV_ROLE_ID; /* "birth_day" isn't "birthday" */
    else if (!read_words(words, n, &out) && !read_before_remark(header, &out)) read_alternatives(header, &out);
    rv_role exact;
    out.own = plain.len < sizeof own && rv_text_is(plain, own) && rv_role_find(own, &exact);
    out.nameless = says_nothing(whole);
    out.strange = any_in(words, n, strangers) || any_in(words, n, events);
    rv_text core = rv_text_make(joined, join(words, n, false, joined));
    out.of_orders = rv_word_in(core, order_words) && core.len > 0;
    out.bare_client = out.role == RV_ROLE_NONE && rv_word_in(core, "CLIENT CUSTOMER ACHETEUR") && core.len > 0;
    out.bare_name = rv_text_is(core, "NAME");
    out.bare_id = rv_text_is(core, "ID");
    out.made_on = rv_word_in(core, "CREATEDAT DATEADD CREATEDDATE DATECREATION PURCHASEPOINT") && core.len > 0;
    return out;
}

rv_role rv_role_guess(rv_text header) { return rv_header_read(header).role; }
