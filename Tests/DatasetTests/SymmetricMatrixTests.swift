// Principal directions.

import Dataset
import Testing

@Suite("Symmetric matrices")
struct SymmetricMatrixTests {
    @Test(
        "a matrix is the sum of its eigenvectors' squares, and these are orthonormal",
        arguments: [1, 2, 7, 30])
    func decomposition(order: Int) throws {
        var random = SeededRandom(seed: 5, purpose: .initialisation, epoch: 0, sample: UInt64(order))
        var matrix = SymmetricMatrix(order: order)
        // Fewer vectors than rows: some eigenvalues are zero.
        for _ in 0..<max(order - 2, 1) {
            (0..<order).map { _ in random.symmetric(3) }.withUnsafeBufferPointer { matrix.addSquare(of: $0) }
        }
        matrix.divide(by: 4)
        let pairs = matrix.eigenvectors()
        #expect(pairs.count == order)
        #expect(zip(pairs, pairs.dropFirst()).allSatisfy { $0.value >= $1.value })
        for row in 0..<order {
            for column in 0..<order {
                let sum = pairs.reduce(0) { $0 + $1.value * $1.vector[row] * $1.vector[column] }
                #expect(abs(sum - matrix.values[row * order + column]) < 1e-12 * Double(order))
                let product = zip(pairs[row].vector, pairs[column].vector).reduce(0) { $0 + $1.0 * $1.1 }
                #expect(abs(product - (row == column ? 1 : 0)) < 1e-12)
            }
        }
    }

    @Test("the matrix [[2, 1], [1, 2]] has the values 3 and 1, and vectors of one sign and of two")
    func known() {
        var matrix = SymmetricMatrix(order: 2)
        for vector in [[1.0, 1], [1, 0], [0, 1]] {
            vector.withUnsafeBufferPointer { matrix.addSquare(of: $0) }
        }
        matrix.divide(by: 1)
        let pairs = matrix.eigenvectors()
        let half = 0.5.squareRoot()
        for (pair, (value, vector)) in zip(pairs, [(3.0, [half, half]), (1.0, [half, -half])]) {
            #expect(abs(pair.value - value) < 1e-15)
            #expect(zip(pair.vector.map(abs), vector.map(abs)).allSatisfy { abs($0 - $1) < 1e-15 })
        }
        #expect(pairs[0].vector[0] * pairs[0].vector[1] > 0 && pairs[1].vector[0] * pairs[1].vector[1] < 0)
    }
}
