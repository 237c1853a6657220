// Functions that give the same bits with every C library, because pixels and weights depend on them.

/// Sine and cosine of an angle in degrees, by Taylor series on ±45°, where eight terms are exact to the last bit.
/// The C library's results differ between versions; augmented pixels must not.
package func sineAndCosine(degrees: Double) -> (sine: Double, cosine: Double) {
    if degrees == 0 { return (0, 1) }
    let turns = (degrees / 90).rounded()
    let x = (degrees - turns * 90) * (Double.pi / 180)
    let square = x * x
    var (sine, cosine) = (0.0, 0.0)
    for term in stride(from: 8, through: 1, by: -1) {
        let n = Double(2 * term)
        sine = -(square / (n * (n + 1))) * (1 + sine)
        cosine = -(square / (n * (n - 1))) * (1 + cosine)
    }
    sine = x * (1 + sine)
    cosine = 1 + cosine
    switch Int(turns) & 3 {
    case 0: return (sine, cosine)
    case 1: return (cosine, -sine)
    case 2: return (-sine, -cosine)
    default: return (-cosine, sine)
    }
}

/// base^exponent by squaring; the C library's `pow` differs between versions.
package func power(_ base: Double, _ exponent: Int) -> Double {
    var (result, factor, rest) = (1.0, base, exponent)
    while rest > 0 {
        if rest & 1 == 1 { result *= factor }
        factor *= factor
        rest >>= 1
    }
    return result
}
