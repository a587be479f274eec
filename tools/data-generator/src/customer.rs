//! Customers.

use crate::chance::{Chance, Stream};
use crate::change::{Change, Move, Seen};
use crate::desk::{BEGIN_S, Desk, MODELS, TAGS, export_s};
use crate::identity::{Kind, object_id};

/// A customer.
pub(crate) struct Customer {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) email: Option<String>,
    pub(crate) phone: String,
    pub(crate) mobile: String,
    pub(crate) company: Option<String>,
    pub(crate) city: &'static str,
    pub(crate) country: &'static str,
    pub(crate) language: usize,
    pub(crate) preferred: bool,
    pub(crate) created_s: i64,
    pub(crate) tags: Vec<&'static str>,
    pub(crate) points: u64,
    pub(crate) newsletter: bool,
    pub(crate) model: &'static str,
}

/// First and last names, cities, country, country code and start of mobile numbers, in the order
/// of the languages.
struct Place {
    first: [&'static str; 12],
    last: [&'static str; 14],
    cities: [&'static str; 4],
    country: &'static str,
    landline: &'static str,
    mobile: &'static str,
}

const PLACES: [Place; 5] = [
    Place {
        first: [
            "Alice", "Ben", "Cora", "Dylan", "Edith", "Frank", "Gwen", "Harry", "Isla", "Jack",
            "Kate", "Leo",
        ],
        last: [
            "Archer", "Baxter", "Cole", "Dawson", "Ellis", "Foster", "Gibson", "Hale", "Irving",
            "Jarvis", "Keane", "Lowe", "Marsh", "Norris",
        ],
        cities: ["London", "Leeds", "Bristol", "York"],
        country: "GB",
        landline: "+44 20 7946 0",
        mobile: "+44 7700 900",
    },
    Place {
        first: [
            "Anna", "Bruno", "Carla", "Dario", "Emma", "Fabio", "Gaia", "Ivan", "Laura", "Mauro",
            "Nicola", "Olga",
        ],
        last: [
            "Amato", "Basile", "Carli", "Donati", "Esposito", "Ferri", "Gatti", "Leone", "Mancini",
            "Nardi", "Orlando", "Pace", "Riva", "Serra",
        ],
        cities: ["Milano", "Torino", "Bologna", "Roma"],
        country: "IT",
        landline: "+39 02 5550 0",
        mobile: "+39 347 5550",
    },
    Place {
        first: [
            "Alba", "Bruno", "Celia", "Darío", "Elsa", "Félix", "Gema", "Hugo", "Inés", "Jorge",
            "Lola", "Marcos",
        ],
        last: [
            "Alonso", "Blanco", "Cano", "Díaz", "Esteban", "Flores", "Gil", "Herrero", "Iglesias",
            "León", "Marín", "Núñez", "Ortiz", "Peña",
        ],
        cities: ["Madrid", "Sevilla", "Valencia", "Bilbao"],
        country: "ES",
        landline: "+34 91 555 0",
        mobile: "+34 600 555 ",
    },
    Place {
        first: [
            "Adèle", "Bastien", "Chloé", "Denis", "Élise", "Fabien", "Gaëlle", "Henri", "Inès",
            "Jules", "Louise", "Marc",
        ],
        last: [
            "Arnaud",
            "Blanchard",
            "Chevalier",
            "Denis",
            "Étienne",
            "Faure",
            "Gauthier",
            "Hubert",
            "Jacquet",
            "Lambert",
            "Mercier",
            "Noël",
            "Olivier",
            "Picard",
        ],
        cities: ["Paris", "Lyon", "Nantes", "Lille"],
        country: "FR",
        landline: "+33 1 99 00 1",
        mobile: "+33 6 39 98 1",
    },
    Place {
        first: [
            "Anke", "Björn", "Carla", "Dirk", "Elke", "Fritz", "Greta", "Holger", "Ines", "Jörg",
            "Karin", "Lutz",
        ],
        last: [
            "Albrecht", "Böhm", "Conrad", "Decker", "Engel", "Fuchs", "Günther", "Haas", "Jung",
            "Köhler", "Lange", "Möller", "Neumann", "Otto",
        ],
        cities: ["Berlin", "Hamburg", "Köln", "Leipzig"],
        country: "DE",
        landline: "+49 30 23125 0",
        mobile: "+49 171 39200",
    },
];

/// Share of each language in percent.
const LANGUAGES: [(usize, u64); 5] = [(0, 40), (1, 25), (2, 13), (3, 12), (4, 10)];
/// Companies there are.
const COMPANIES: u64 = 400;
const DOMAINS: [&str; 3] = ["example.org", "example.com", "example.net"];
/// Before the first ticket customers have been coming for two years.
const EARLIER_S: u64 = 2 * 365 * 86_400;

impl Desk<'_> {
    /// Customer number `index` under the name their messages are signed with, which a later change
    /// of name leaves alone.
    pub(crate) fn signer(&self, index: u64) -> Customer {
        self.first_customer(index, self.recipe.born(self.recipe.customers, index))
    }

    /// Customer number `index` as the last export shows it. Customers never vanish: their tickets
    /// refer to them.
    pub(crate) fn customer(&self, index: u64) -> Seen<Customer> {
        let born = self.recipe.born(self.recipe.customers, index);
        let mut customer = self.first_customer(index, born);
        let mut change = born
            .filter(|round| self.is_last(*round))
            .map(|_| Change::plain("customer", &customer.id, Move::New));
        for round in self.rounds_after(born) {
            if let Some(mut chance) = self.fate(Kind::Customer, index, round) {
                let done = customer.change(&mut chance);
                change = self.is_last(round).then_some(done);
            }
        }
        Seen { created_ms: customer.created_s * 1000, record: Some(customer), change }
    }

    fn first_customer(&self, index: u64, born: Option<usize>) -> Customer {
        let chance = &mut self.chance(Stream::Customer, index);
        let created_s = match born {
            None => BEGIN_S - chance.below(EARLIER_S) as i64,
            Some(round) => export_s(round) + 3600,
        };
        let language = chance.weigh(&LANGUAGES);
        let place = &PLACES[language];
        let (first, last) = (chance.pick(&place.first), chance.pick(&place.last));
        let address = format!("{}.{}.{index}", ascii(first), ascii(last));
        let domain = chance.pick(&DOMAINS);
        let company = chance.percent(20.0).then(|| {
            let number = chance.below(COMPANIES);
            // One in ten writes it in another way.
            let name = format!("Wheelhouse {number}");
            if chance.percent(10.0) { format!("{}.", name.to_uppercase()) } else { name }
        });
        let mut tags = Vec::new();
        if chance.percent(15.0) {
            tags.push(chance.pick(&TAGS));
        }
        Customer {
            id: object_id(Kind::Customer, index, created_s),
            name: format!("{first} {last}"),
            email: (!chance.percent(3.0)).then(|| format!("{address}@{domain}")),
            phone: number(place.landline, chance, 30.0),
            mobile: number(place.mobile, chance, 50.0),
            company,
            city: chance.pick(&place.cities),
            country: place.country,
            language,
            preferred: chance.percent(8.0),
            created_s,
            tags,
            points: chance.below(900),
            newsletter: chance.percent(40.0),
            model: if chance.percent(60.0) { chance.pick(&MODELS) } else { "" },
        }
    }
}

impl Customer {
    fn change(&mut self, chance: &mut Chance) -> Change {
        if chance.percent(70.0) {
            let new = number(PLACES[self.language].mobile, chance, 100.0);
            let old = std::mem::replace(&mut self.mobile, new);
            let new = Some(self.mobile.as_str());
            return Change::values("customer", &self.id, Move::Phone, Some(&old), new);
        }
        let last = chance.pick(&PLACES[self.language].last);
        let old = self.name.clone();
        self.name = format!("{}-{last}", self.name);
        Change::values("customer", &self.id, Move::Name, Some(&old), Some(&self.name))
    }
}

/// A telephone number, or nothing in some cases.
fn number(start: &str, chance: &mut Chance, percent: f64) -> String {
    let digits = chance.below(1000);
    if chance.percent(percent) { format!("{start}{digits:03}") } else { String::new() }
}

/// A name as it stands in an e-mail address.
fn ascii(name: &str) -> String {
    let plain = |letter| match letter {
        'á' | 'à' | 'ä' => 'a',
        'é' | 'è' | 'ë' | 'É' => 'e',
        'í' => 'i',
        'ñ' => 'n',
        'ó' | 'ö' => 'o',
        'ú' | 'ü' => 'u',
        other => other,
    };
    name.chars().map(plain).collect::<String>().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_ascii() {
        for place in &PLACES {
            for name in place.first.iter().chain(&place.last) {
                assert!(ascii(name).is_ascii(), "{name}");
            }
        }
    }
}
