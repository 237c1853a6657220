// Covariances and their principal directions.

/// A symmetric matrix of doubles.
package struct SymmetricMatrix: Sendable {
    /// Number of rows, and of columns.
    package let order: Int
    /// Row-major.
    package private(set) var values: [Double]

    /// All zeros.
    package init(order: Int) {
        self.order = order
        values = Array(repeating: 0, count: order * order)
    }

    /// Adds the outer product of a vector with itself.
    @inline(__always)
    package mutating func addSquare(of vector: UnsafeBufferPointer<Double>) {
        precondition(vector.count == order)
        values.withUnsafeMutableBufferPointer { values in
            for row in 0..<order {
                for column in 0...row { values[row * order + column] += vector[row] * vector[column] }
            }
        }
    }

    /// Divides all elements, and completes those above the diagonal, which `addSquare` leaves out.
    package mutating func divide(by count: Double) {
        for row in 0..<order {
            for column in 0...row {
                values[row * order + column] /= count
                values[column * order + row] = values[row * order + column]
            }
        }
    }

    /// Eigenvalues and orthonormal eigenvectors, the largest value first; the largest element of each vector is positive.
    ///
    /// Cyclic Jacobi rotations (Golub and Van Loan, “Matrix Computations”, 8.5.3). They use no function but the square
    /// root, so all machines get the same bits.
    package func eigenvectors() -> [(value: Double, vector: [Double])] {
        var a = values
        var v = [Double](repeating: 0, count: order * order)
        for row in 0..<order { v[row * order + row] = 1 }
        let total = a.reduce(0) { $0 + $1 * $1 }
        // Convergence is quadratic: ten sweeps are plenty for a hundred rows.
        for _ in 0..<50 {
            var outside = 0.0
            for p in 0..<order { for q in 0..<p { outside += a[p * order + q] * a[p * order + q] } }
            if outside <= total * 1e-30 { break }
            for q in 1..<max(order, 1) { for p in 0..<q { Self.rotate(p, q, order, &a, &v) } }
        }
        let pairs = (0..<order).map { column in
            let vector = (0..<order).map { v[$0 * order + column] }
            let largest = vector.max { abs($0) < abs($1) } ?? 0
            return (value: a[column * order + column], vector: largest < 0 ? vector.map { -$0 } : vector)
        }
        let ranks = pairs.indices.sorted { (-pairs[$0].value, $0) < (-pairs[$1].value, $1) }
        return ranks.map { pairs[$0] }
    }

    /// Makes the element (p, q) of `a` zero, and applies the same rotation to the columns of `v`.
    private static func rotate(_ p: Int, _ q: Int, _ order: Int, _ a: inout [Double], _ v: inout [Double]) {
        let element = a[p * order + q]
        guard element != 0 else { return }
        let theta = (a[q * order + q] - a[p * order + p]) / (2 * element)
        let t = (theta < 0 ? -1 : 1) / (abs(theta) + (theta * theta + 1).squareRoot())
        let c = 1 / (t * t + 1).squareRoot()
        let s = t * c
        for k in 0..<order {
            let (x, y) = (a[k * order + p], a[k * order + q])
            (a[k * order + p], a[k * order + q]) = (c * x - s * y, s * x + c * y)
            let (left, right) = (v[k * order + p], v[k * order + q])
            (v[k * order + p], v[k * order + q]) = (c * left - s * right, s * left + c * right)
        }
        for k in 0..<order {
            let (x, y) = (a[p * order + k], a[q * order + k])
            (a[p * order + k], a[q * order + k]) = (c * x - s * y, s * x + c * y)
        }
    }
}
