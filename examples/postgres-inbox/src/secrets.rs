//! The secrets that the providers sign with.

use webhook_tower::providers::{samva, svara, voisnap, voxpria};

pub struct Secrets {
    pub svara: svara::Secret,
    pub samva: samva::Secret,
    pub voisnap: voisnap::Secret,
    pub voxpria: voxpria::Secret,
}

impl Secrets {
    /// Reads them from the environment. The error has a line for each that is missing or unusable,
    /// which names the variable and never the secret.
    pub fn from_env() -> Result<Self, String> {
        let svara = svara::Secret::from_env("SVARA_WEBHOOK_SECRET");
        let samva = samva::Secret::from_env("SAMVA_WEBHOOK_SECRET");
        let voisnap = voisnap::Secret::from_env("VOISNAP_WEBHOOK_SECRET");
        let voxpria = voxpria::Secret::from_env("VOXPRIA_WEBHOOK_SECRET");
        match (svara, samva, voisnap, voxpria) {
            (Ok(svara), Ok(samva), Ok(voisnap), Ok(voxpria)) => {
                Ok(Self { svara, samva, voisnap, voxpria })
            }
            (svara, samva, voisnap, voxpria) => {
                let wrong = [svara.err(), samva.err(), voisnap.err(), voxpria.err()];
                let lines: Vec<_> = wrong.iter().flatten().map(ToString::to_string).collect();
                Err(lines.join("\n"))
            }
        }
    }
}
