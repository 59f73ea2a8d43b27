//! The cryptography of `jsonwebtoken` over ring: RS256 to sign, HS256 to verify.
//!
//! The library brings two cryptographies of its own: one would be the second in the tree, the other one has an open advisory.

use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{ErrorKind, Result};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use ring::signature::RSA_PKCS1_SHA256;
use ring::{digest, hmac, rand, rsa};
use signature::{Error, Signer, Verifier};

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: |algorithm, key| match algorithm {
        Algorithm::RS256 => Ok(Box::new(RsaSigner::new(key)?)),
        _ => Err(ErrorKind::InvalidAlgorithm.into()),
    },
    verifier_factory: |algorithm, key| match algorithm {
        Algorithm::HS256 => Ok(Box::new(HmacVerifier::new(key)?)),
        _ => Err(ErrorKind::InvalidAlgorithm.into()),
    },
    key_utils: KeyUtils::new_unimplemented(),
};

/// Installs this cryptography for the process, unless the application has chosen one.
pub(crate) fn install() {
    if CryptoProvider::try_get_default().is_none() {
        // Another thread may have been first.
        let _ = PROVIDER.install_default();
    }
}

/// Whether this is a private key (PKCS #1, DER) that can sign.
pub(crate) fn is_rsa_key(der: &[u8]) -> bool {
    rsa::KeyPair::from_der(der).is_ok()
}

/// SHA-256 in hexadecimal.
pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    let hash = digest::digest(&digest::SHA256, bytes);
    hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

struct RsaSigner(rsa::KeyPair);

impl RsaSigner {
    fn new(key: &EncodingKey) -> Result<Self> {
        let key = rsa::KeyPair::from_der(key.as_bytes());
        key.map(Self).map_err(|_| ErrorKind::InvalidKeyFormat.into())
    }
}

impl Signer<Vec<u8>> for RsaSigner {
    fn try_sign(&self, message: &[u8]) -> std::result::Result<Vec<u8>, Error> {
        let mut signature = vec![0; self.0.public().modulus_len()];
        let random = rand::SystemRandom::new();
        self.0.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).map_err(|_| Error::new())?;
        Ok(signature)
    }
}

impl JwtSigner for RsaSigner {
    fn algorithm(&self) -> Algorithm {
        Algorithm::RS256
    }
}

struct HmacVerifier(hmac::Key);

impl HmacVerifier {
    fn new(key: &DecodingKey) -> Result<Self> {
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, key.try_get_as_bytes()?)))
    }
}

impl Verifier<Vec<u8>> for HmacVerifier {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> std::result::Result<(), Error> {
        hmac::verify(&self.0, message, signature).map_err(|_| Error::new())
    }
}

impl JwtVerifier for HmacVerifier {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}
