//! The words that names are judged by.

/// Words with a space between each two.
pub(super) struct Words(&'static str);

impl Words {
    pub(super) fn iter(&self) -> impl Iterator<Item = &'static str> {
        self.0.split(' ')
    }

    pub(super) fn has(&self, word: &str) -> bool {
        self.iter().any(|it| it == word)
    }
}

/// Even a number is a secret under these.
pub(super) const PASSWORDS: Words =
    Words("password passwords passwd passphrase passcode pwd pw mnemonic mdp senha wachtwoord");

/// Written together with these too, and in the languages that settings are most often named in.
pub(super) const PASSWORDS_WITHIN: Words =
    Words("password passwd passphrase passwort kennwort motdepasse contraseña contrasena пароль");

/// Text is a secret under these.
pub(super) const SECRETS: Words = Words(
    "secret secrets token tokens apikey apikeys credential \
     credentials creds cred jwt bearer dockerconfigjson dockercfg htpasswd sastoken",
);

/// Written together with these a name is a secret's too: `authtoken`, `mysecretkey`.
pub(super) const ENDINGS: Words = Words(
    "token secret apikey accesskey secretkey privatekey encryptionkey signingkey accountkey \
     masterkey sharedkey authkey sshkey requirepass masterauth restuserkey",
);

/// The kinds of keys that are secret.
pub(super) const KEYS: Words = Words(
    "api access account admin aes app auth client cookie crypto decryption deploy encryption hmac \
     host jwt license master private rsa secret server service session shared signing ssh storage \
     webhook write ingest root age fernet hash salt certificate",
);

/// A name that ends so is not the secret itself but says something of it.
pub(super) const ABOUT: Words = Words(
    "ref refs reference references name names namespace namespaces path paths file files filename \
     dir directory mount mounts type types kind class length len count size limit limits max min \
     seconds minutes hours days ms ttl expiry expiration expires expire timeout duration lifetime \
     age interval policy version versions enabled disabled required optional url urls uri \
     endpoint host port audience audiences issuer provider providers algorithm alg method mode \
     format prefix selector field fields store stores template templates status state phase \
     reason message created updated at time timestamp date source sources rules location arn id \
     ids uid rotation usage used requests header headers label labels controller operator manager \
     strategy scope scopes bits hint description title revision index attribute property column \
     engine backend env exists valid spec review request domain",
);

/// With one of these before it a token is a place in a list or a piece of text.
pub(super) const HARMLESS_TOKENS: Words = Words(
    "page next continue continuation cursor sync cancellation progress max min num total input \
     output prompt completion budget",
);

/// Fields of a reference to a secret that is elsewhere.
pub(super) const REFERENCE: Words = Words(
    "name key namespace kind apiVersion group version optional path file type field from user \
     username secretName secretKeyRef valueFrom property mountPath pattern",
);

/// Below a secret's name these say whose secret it is or where it is used.
pub(super) const OWNERS: Words = Words(
    "account bucket checksum client cluster digest email fingerprint image login member owner \
     principal project region registry role server sha256 subject tenant zone",
);

/// Below a secret's name these are the secret.
pub(super) const VALUES: Words = Words(
    "value val values data content contents plain plaintext cleartext text literal raw inline string",
);

/// With one of these before it a `...Secret` names an object.
pub(super) const NAMED_SECRETS: Words =
    Words("existing pull tls ca cert certificate certs issuer target basic registry");
