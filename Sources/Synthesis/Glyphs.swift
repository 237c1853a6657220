// The skeletons of the ten digits: strokes through points in a unit square, y downwards.

/// A point: in the unit square of a glyph, or in pixels.
struct Point: Sendable {
    var x, y: Double

    init(_ x: Double, _ y: Double) {
        self.x = x
        self.y = y
    }
}

enum Glyphs {
    /// For each digit, the ways to write it. A way is a list of strokes; a stroke is a smooth curve through points.
    static let digits: [[[[Point]]]] = [
        [[oval(0.5, 0.5, 0.34, 0.48)]],
        [
            [[Point(0.5, 0.02), Point(0.5, 0.5), Point(0.5, 0.98)]],
            [
                [Point(0.3, 0.22), Point(0.42, 0.14), Point(0.54, 0.02)],
                [Point(0.54, 0.02), Point(0.53, 0.5), Point(0.52, 0.98)],
            ],
        ],
        [
            [
                [
                    Point(0.18, 0.24), Point(0.34, 0.05), Point(0.62, 0.04), Point(0.76, 0.24),
                    Point(0.6, 0.52),
                    Point(0.36, 0.76), Point(0.16, 0.95),
                ],
                [Point(0.16, 0.95), Point(0.5, 0.94), Point(0.84, 0.95)],
            ],
            [
                [
                    Point(0.2, 0.2), Point(0.42, 0.03), Point(0.7, 0.12), Point(0.7, 0.4), Point(0.46, 0.72),
                    Point(0.22, 0.92), Point(0.26, 0.8), Point(0.5, 0.88), Point(0.86, 0.95),
                ]
            ],
        ],
        [
            [
                [
                    Point(0.2, 0.12), Point(0.48, 0.02), Point(0.74, 0.14), Point(0.68, 0.38),
                    Point(0.42, 0.47),
                ],
                [
                    Point(0.42, 0.47), Point(0.74, 0.55), Point(0.78, 0.8), Point(0.5, 0.97),
                    Point(0.16, 0.86),
                ],
            ]
        ],
        [
            [
                [Point(0.58, 0.02), Point(0.36, 0.34), Point(0.12, 0.64)],
                [Point(0.12, 0.64), Point(0.5, 0.63), Point(0.88, 0.62)],
                [Point(0.64, 0.36), Point(0.63, 0.66), Point(0.62, 0.98)],
            ],
            [
                [Point(0.24, 0.04), Point(0.22, 0.3), Point(0.26, 0.5), Point(0.5, 0.52), Point(0.76, 0.46)],
                [Point(0.74, 0.04), Point(0.73, 0.5), Point(0.7, 0.98)],
            ],
        ],
        [
            [
                [Point(0.3, 0.05), Point(0.28, 0.25), Point(0.26, 0.42)],
                [
                    Point(0.26, 0.42), Point(0.52, 0.36), Point(0.78, 0.52), Point(0.76, 0.8),
                    Point(0.5, 0.97), Point(0.18, 0.88),
                ],
                [Point(0.3, 0.05), Point(0.54, 0.05), Point(0.8, 0.04)],
            ]
        ],
        [
            [
                [
                    Point(0.68, 0.03), Point(0.4, 0.24), Point(0.24, 0.56), Point(0.28, 0.84),
                    Point(0.52, 0.97),
                    Point(0.76, 0.82), Point(0.7, 0.58), Point(0.46, 0.53), Point(0.26, 0.68),
                ]
            ]
        ],
        [
            [
                [Point(0.16, 0.06), Point(0.5, 0.05), Point(0.84, 0.04)],
                [Point(0.84, 0.04), Point(0.62, 0.42), Point(0.42, 0.98)],
            ],
            [
                [Point(0.16, 0.08), Point(0.5, 0.05), Point(0.84, 0.05)],
                [Point(0.84, 0.05), Point(0.6, 0.45), Point(0.44, 0.97)],
                [Point(0.36, 0.52), Point(0.56, 0.5), Point(0.78, 0.49)],
            ],
        ],
        [
            [
                [
                    Point(0.68, 0.18), Point(0.48, 0.03), Point(0.26, 0.18), Point(0.36, 0.42),
                    Point(0.62, 0.56),
                    Point(0.74, 0.78), Point(0.5, 0.97), Point(0.26, 0.8), Point(0.4, 0.55),
                    Point(0.66, 0.38), Point(0.68, 0.18),
                ]
            ],
            [oval(0.5, 0.25, 0.24, 0.23), oval(0.5, 0.73, 0.29, 0.25)],
        ],
        [
            [
                [
                    Point(0.74, 0.24), Point(0.52, 0.04), Point(0.26, 0.2), Point(0.32, 0.46),
                    Point(0.58, 0.48), Point(0.74, 0.24),
                ],
                [Point(0.74, 0.24), Point(0.71, 0.62), Point(0.56, 0.97)],
            ]
        ],
    ]

    private static func oval(_ x: Double, _ y: Double, _ width: Double, _ height: Double) -> [Point] {
        // Eight points of an ellipse, beginning at the top, closed with a small overlap.
        let unit = [
            (0.0, -1.0), (-0.71, -0.71), (-1, 0), (-0.71, 0.71), (0, 1), (0.71, 0.71), (1, 0), (0.71, -0.71),
            (0, -1), (-0.3, -0.94),
        ]
        return unit.map { Point(x + $0.0 * width, y + $0.1 * height) }
    }
}
