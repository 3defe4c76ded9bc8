use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use webhook_core::providers::{Credentials, Entry};
use webhook_core::{Outgoing, SecretErrorKind, SecretText, SignErrorKind, UnixTime};

use crate::args::{Header, signing};
use crate::failure::Failure;

/// Signs for a provider.
pub(crate) struct Signer {
    entry: &'static Entry,
    credentials: Credentials,
    url: Option<String>,
}

/// What is signed, and sent with the signature.
pub(crate) struct Unsigned<'a> {
    pub(crate) method: &'a str,
    pub(crate) target: &'a str,
    pub(crate) headers: &'a [Header],
    pub(crate) body: &'a [u8],
}

/// An id that no delivery had before.
pub(crate) fn fresh_id() -> String {
    format!("{:032x}", rand::random::<u128>())
}

impl Signer {
    pub(crate) fn new(
        entry: &'static Entry,
        secret: SecretText,
        url: Option<&str>,
    ) -> Result<Self, Failure> {
        let credentials = signing(entry, secret, url)?;
        Ok(Self { entry, credentials, url: url.map(str::to_owned) })
    }

    /// Someone who does not know the secret: a signer with a random one of the form that the provider uses.
    pub(crate) fn forger(&self, unsigned: &Unsigned<'_>) -> Result<Self, Failure> {
        let random: [u8; 32] = rand::random();
        let base64 = STANDARD.encode(random);
        let hex = format!("{}{}", fresh_id(), fresh_id());
        let forms = [
            format!("whsec_{base64}"),
            hex.clone(),
            base64.clone(),
            format!("whpk_{base64}"),
            format!("stranger:{hex}"),
        ];
        let forgers = forms.iter().filter_map(|form| {
            Self::new(self.entry, SecretText::new(form).ok()?, self.url.as_deref()).ok()
        });
        let signs =
            |forger: &Self| forger.sign(unsigned, &fresh_id(), UnixTime::from_secs(0)).is_ok();
        forgers.into_iter().find(signs).ok_or_else(|| {
            let title = self.entry.title();
            Failure::set_up(format!("no private key of {title} can be made up: use --tamper"))
        })
    }

    /// Returns the headers to send: those that are given, and the signature's. One that is given replaces one of the
    /// signature's of the same name.
    pub(crate) fn sign(
        &self,
        unsigned: &Unsigned<'_>,
        id: &str,
        now: UnixTime,
    ) -> Result<Vec<Header>, Failure> {
        let lower = |(name, value): &Header| (name.to_ascii_lowercase(), value.clone());
        let given: Vec<_> = unsigned.headers.iter().map(lower).collect();
        let pairs: Vec<_> = given.iter().map(|(name, value)| (&**name, &**value)).collect();
        let outgoing = Outgoing::new(unsigned.body, now)
            .id(id)
            .method(unsigned.method)
            .target(unsigned.target)
            .headers(&pairs);
        let signed = self.entry.sign(&self.credentials, &outgoing);
        let signed = signed.map_err(|error| self.explained(error.kind()))?;
        let is_given = |name: &str| given.iter().any(|(each, _)| each == name);
        let added = signed.iter().filter(|(name, _)| !is_given(name));
        let mut headers = unsigned.headers.to_vec();
        headers.extend(added.map(|(name, value)| ((*name).to_owned(), value.clone())));
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
            headers.insert(0, ("content-type".to_owned(), "application/json".to_owned()));
        }
        Ok(headers)
    }

    fn explained(&self, kind: SignErrorKind) -> Failure {
        let title = self.entry.title();
        match kind {
            SignErrorKind::InvalidDeliveryId => {
                Failure::set_up(format!("the delivery id has no form that {title} uses"))
            }
            SignErrorKind::MissingHeader(name) => {
                Failure::set_up(format!("{title} signs the header `{name}`: give it with --header"))
            }
            SignErrorKind::Credentials | SignErrorKind::PublicKey => {
                self.unusable().unwrap_or_else(|| {
                    Failure::set_up(format!(
                        "{title} signs with a private key: give its seed, or PKCS#8 in PEM"
                    ))
                })
            }
            _ => Failure::set_up(format!("signing as {title} does is not supported")),
        }
    }

    /// Why no verifier can be made of the credentials, unless they are a private key.
    fn unusable(&self) -> Option<Failure> {
        let error = self.entry.verifier(&self.credentials).err()?;
        match error.kind() {
            _ if self.entry.has_public_key() => None,
            SecretErrorKind::UrlRequired => Some(Failure::set_up(format!(
                "{} signs the endpoint's public URL: give --url",
                self.entry.title()
            ))),
            _ => Some(error.into()),
        }
    }
}
