// What the images of a dataset show, which decides the rules that suit them.

internal import Imaging

/// Ink on paper, or something else.
enum Subject: Sendable, Equatable {
    case ink
    /// - Parameter plain: the share of the median image's pixels that are near its median level, in percent
    case photos(plain: Int)

    /// In an image of ink on paper, at least this share of the pixels is near the level of the paper, in percent. The median
    /// image of MNIST has 83, of the Kaggle photos of digits 91, of CIFAR-10 51.
    private static let inkShare = 65

    /// - Parameter plain: of each image, the share of its pixels near its median level, in percent
    init(plain: some Collection<Int>) {
        let median = Quality.median(plain)
        self = plain.isEmpty || median >= Self.inkShare ? .ink : .photos(plain: median)
    }

    /// The distance of near-duplicates. Photos of one thing differ more than scans of one drawing: JPEG's losses and
    /// slightly other scales and crops are spread over the whole image.
    var nearLevels: Double {
        switch self {
        case .ink: FindingKind.nearDuplicate.threshold
        case .photos: 20
        }
    }

    /// Whether near-duplicates must be closer than three quarters of their own contrast.
    var needsContrast: Bool { self != .ink }

    /// Why a kind is not looked for: because its rule is for ink on paper.
    func exemption(_ kind: FindingKind) -> String? {
        guard kind.isForInk, case .photos(let plain) = self else { return nil }
        return
            "for ink on paper, and these are photos: in the median image, \(plain) % of the pixels are within "
            + "\(ImageMeasures.grain) levels of its median, which is less than \(Self.inkShare)"
    }
}
