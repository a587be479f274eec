//! The exact interval of Clopper and Pearson for a share of which a sample was seen.

/// Steps of a continued fraction; it settles within a few dozen for any sample that is drawn.
const FRACTION_STEPS_MAX: u32 = 10_000;
/// Halvings of a bisection: finer than a double tells apart.
const HALVINGS: u32 = 200;
/// Nearest to nothing that a denominator may come.
const TINY: f64 = 1e-300;

/// Bounds of the share of hits among all, from `hits` of `drawn`, at this level of confidence
/// (0.95). The interval is exact for independent draws, and wider than needed for draws without
/// replacement. Where nothing was drawn it says nothing: from 0 to 1.
pub fn clopper_pearson(hits: u64, drawn: u64, confidence: f64) -> (f64, f64) {
    if drawn == 0 || hits > drawn {
        return (0.0, 1.0);
    }
    let (hits, drawn) = (hits as f64, drawn as f64);
    let tail = (1.0 - confidence) / 2.0;
    let low = match hits > 0.0 {
        true => beta_quantile(tail, hits, drawn - hits + 1.0),
        false => 0.0,
    };
    let high = match hits < drawn {
        true => beta_quantile(1.0 - tail, hits + 1.0, drawn - hits),
        false => 1.0,
    };
    (low, high)
}

/// Where the beta distribution has this much of itself below.
fn beta_quantile(share: f64, a: f64, b: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if beta_below(middle, a, b) < share { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

/// The regularised incomplete beta function.
fn beta_below(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return x.clamp(0.0, 1.0);
    }
    let front = ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (-x).ln_1p();
    // The fraction settles fast on this side of the mean; the other is its mirror image.
    if x < (a + 1.0) / (a + b + 2.0) {
        front.exp() * fraction(x, a, b) / a
    } else {
        1.0 - front.exp() * fraction(1.0 - x, b, a) / b
    }
}

/// Lentz's evaluation of the continued fraction of the incomplete beta function.
fn fraction(x: f64, a: f64, b: f64) -> f64 {
    let away = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / away(1.0 - (a + b) * x / (a + 1.0));
    let mut whole = d;
    for step in 1..=FRACTION_STEPS_MAX {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / away(1.0 + even * d);
        c = away(1.0 + even / c);
        whole *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / away(1.0 + odd * d);
        c = away(1.0 + odd / c);
        let change = d * c;
        whole *= change;
        if (change - 1.0).abs() < f64::EPSILON {
            break;
        }
    }
    whole
}

/// Logarithm of the gamma function for positive numbers, after Lanczos (g 7, nine terms).
fn ln_gamma(x: f64) -> f64 {
    const TERMS: [f64; 9] = [
        0.999_999_999_999_809_9,
        676.520_368_121_885_1,
        -1_259.139_216_722_402_8,
        771.323_428_777_653_1,
        -176.615_029_162_140_6,
        12.507_343_278_686_905,
        -0.138_571_095_265_720_12,
        9.984_369_578_019_572e-6,
        1.505_632_735_149_311_6e-7,
    ];
    let x = x - 1.0;
    let base = x + 7.5;
    let tail = TERMS.iter().enumerate().skip(1).map(|(at, term)| term / (x + at as f64));
    let sum = TERMS[0] + tail.sum::<f64>();
    0.5 * (2.0 * std::f64::consts::PI).ln() + (x + 0.5) * base.ln() - base + sum.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: f64, expected: f64) -> bool {
        (found - expected).abs() <= 1e-9 + expected * 1e-7
    }

    /// The chance of at most `hits`, summed term by term: another way to the same figure.
    fn at_most(hits: u64, drawn: u64, share: f64) -> f64 {
        let mut term = (1.0 - share).powi(i32::try_from(drawn).unwrap());
        let mut sum = term;
        for k in 0..hits {
            term *= (drawn - k) as f64 / (k + 1) as f64 * share / (1.0 - share);
            sum += term;
        }
        sum
    }

    #[test]
    fn the_bounds_are_where_the_tails_are() {
        for (hits, drawn) in [(0, 10), (1, 10), (5, 50), (1, 300), (7, 300), (30, 700), (9, 10)] {
            let (low, high) = clopper_pearson(hits, drawn, 0.95);
            assert!(near(at_most(hits, drawn, high), 0.025), "{hits} of {drawn}");
            if hits > 0 {
                let above = 1.0 - at_most(hits - 1, drawn, low);
                assert!(near(above, 0.025), "{hits} of {drawn}: {above}");
            }
        }
    }

    #[test]
    fn known_bounds() {
        // R: binom.test(5, 50)$conf.int; for none, 1 - 0.025^(1/n).
        let (low, high) = clopper_pearson(5, 50, 0.95);
        assert!((low - 0.033_275_09).abs() < 1e-7 && (high - 0.218_135_37).abs() < 1e-7);
        let (low, high) = clopper_pearson(0, 100, 0.95);
        assert!(low == 0.0 && near(high, 1.0 - 0.025_f64.powf(0.01)));
        let (low, high) = clopper_pearson(100, 100, 0.95);
        assert!(near(low, 0.025_f64.powf(0.01)) && high == 1.0);
        let (_, high) = clopper_pearson(0, 1_000_000, 0.95);
        assert!(near(high, 1.0 - (0.025_f64.ln() / 1e6).exp()), "{high}");
        assert_eq!(clopper_pearson(0, 0, 0.95), (0.0, 1.0));
    }
}
