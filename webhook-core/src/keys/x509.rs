use std::sync::Arc;

use x509_cert::Certificate;
use x509_cert::der::{DecodePem as _, Encode as _};

use super::fetched::FetchedKey;
use super::public::PublicKey;
use crate::error::{SecretError, SecretErrorKind};
use crate::timestamp::UnixTime;

impl FetchedKey {
    /// Reads the RSA key of an X.509 certificate in PEM. Of a chain, pass the first certificate.
    ///
    /// The key is used only while the certificate is valid. Neither the certificate's issuer nor its name is checked:
    /// trust rests on having fetched it by HTTPS from the provider's host, at the URL that the verifier asked for.
    ///
    /// # Errors
    ///
    /// [`SecretErrorKind::Undecodable`] if the text is no certificate of an RSA key of at least 2048 bits.
    pub fn from_certificate(pem: impl AsRef<str>) -> Result<Self, SecretError> {
        read(pem.as_ref()).ok_or_else(|| {
            SecretError::new(SecretErrorKind::Undecodable)
                .named("the fetched certificate")
                .expecting("an X.509 certificate in PEM with an RSA key")
        })
    }
}

fn read(pem: &str) -> Option<FetchedKey> {
    let certificate = Certificate::from_pem(pem.trim()).ok()?;
    let certificate = certificate.tbs_certificate();
    let key = PublicKey::rsa(&certificate.subject_public_key_info().to_der().ok()?)?;
    let time = |time: x509_cert::time::Time| UnixTime::from_secs(time.to_unix_duration().as_secs());
    let validity = certificate.validity();
    Some(FetchedKey {
        key: Arc::new(key),
        validity: Some((time(validity.not_before), time(validity.not_after))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEM: &str = include_str!("../providers/testdata/certificate.pem");

    #[test]
    fn a_certificate_is_valid_as_long_as_it_says() {
        let key = FetchedKey::from_certificate(PEM).unwrap();
        let (from, until) = key.validity.unwrap();
        assert!(key.at(from).is_some() && key.at(until).is_some());
        assert!(key.at(UnixTime::from_millis(from.as_millis() - 1)).is_none());
        assert!(key.at(UnixTime::from_millis(until.as_millis() + 1)).is_none());
    }

    #[test]
    fn what_is_no_certificate_is_refused() {
        for pem in
            ["", "text", &PEM.replace("CERTIFICATE", "PUBLIC KEY"), &PEM.replacen("MII", "MIJ", 1)]
        {
            let error = FetchedKey::from_certificate(pem).unwrap_err();
            assert_eq!(error.kind(), SecretErrorKind::Undecodable);
        }
    }
}
