import Dataset
import Pipeline
import Shards
import TestSupport
import Testing

@Suite("Survey of pixels")
struct PixelSurveyTests {
    private let folder: TemporaryFolder
    private let dataset: PreparedDataset

    init() throws {
        folder = try TemporaryFolder()
        var configuration = try PipelineConfiguration.named("mnist")
        configuration.shardBytes = 600 * 784
        _ = try Preparation(
            configuration: configuration, input: Fixtures.path("mnist"), output: folder("x"), workers: 2,
            memory: 1 << 28, overwrite: false
        ).run()
        dataset = try PreparedDataset(folder("x"))
    }

    private func survey(
        _ places: Set<PixelSurvey.Place> = [], means: Int = 10, budget: Int = .max, workers: Int = 2
    )
        throws -> PixelSurvey
    {
        try PixelSurvey(of: dataset, places: places, means: means, budget: budget, workers: workers)
    }

    @Test("very large images become smaller: each pixel is the mean of a square, as by a plain loop")
    func reduced() throws {
        let place = PixelSurvey.Place(split: .train, shard: 0, slot: 3)
        let full = try #require(try survey([place]).images[place])
        let survey = try PixelSurvey(
            of: dataset, places: [place], means: 10, budget: .max, workers: 2, largestSide: 10)
        #expect(survey.shape.size == ImageSize(width: 10, height: 10) && survey.sums[0].count == 100)
        let small = try #require(survey.images[place])
        for index in 0..<100 {
            let square = (0..<9).map { (y: index / 10 * 3 + $0 / 3, x: index % 10 * 3 + $0 % 3) }
                .filter { $0.y < 28 && $0.x < 28 }
            #expect(Int(small[index]) == square.reduce(0) { $0 + Int(full[$1.y * 28 + $1.x]) } / square.count)
        }
        #expect(try survey.histogram == self.survey().histogram)
    }

    @Test("means and histogram are those of a plain loop over all shards")
    func sums() throws {
        let survey = try survey()
        var sums = Array(repeating: Array(repeating: UInt64(0), count: 784), count: 10)
        var counts = Array(repeating: 0, count: 10)
        var histogram = Array(repeating: 0, count: 256)
        for shard in dataset.manifest.shards {
            let samples = try ShardReader(dataset, shard.split, shard.number).samples()
            for row in 0..<samples.count {
                counts[Int(samples.labels[row])] += 1
                for (index, pixel) in samples.image(row).enumerated() {
                    sums[Int(samples.labels[row])][index] += UInt64(pixel)
                    histogram[Int(pixel)] += 1
                }
            }
        }
        #expect(survey.sums == sums && survey.counts == counts && survey.histogram == histogram)
        #expect(survey.measured == 1400)
        #expect(try self.survey(workers: 1).sums == sums)
        let mean = try #require(survey.mean(ofClass: 3))
        #expect(mean[400] == UInt8((Double(sums[3][400]) / Double(counts[3])).rounded()))
    }

    @Test("rows that are asked for come with their pixels, whatever the budget", arguments: [0, Int.max])
    func places(budget: Int) throws {
        let places: Set<PixelSurvey.Place> = [
            .init(split: .train, shard: 0, slot: 0), .init(split: .train, shard: 1, slot: 300),
            .init(split: .test, shard: 0, slot: 139), .init(split: .test, shard: 0, slot: 140),
            .init(split: .test, shard: 9, slot: 0),
        ]
        let survey = try survey(places, budget: budget)
        #expect(survey.images.count == 3)
        for (place, pixels) in survey.images {
            let samples = try ShardReader(dataset, place.split, place.shard).samples()
            #expect(pixels == Array(samples.image(place.slot)))
        }
    }

    @Test("a small budget measures some blocks, and means of only the classes that are wanted")
    func budget() throws {
        let survey = try survey(means: 2, budget: 1)
        #expect(survey.sums.count == 2 && survey.counts.count == 10)
        #expect(survey.measured == 256)
        // Half the pixels: four of the eight blocks.
        #expect(try (500...1000).contains(self.survey(budget: 700 * 784).measured))
        #expect(try self.survey(means: 0, budget: 0).measured == 0)
        #expect(survey.histogram.reduce(0, +) == survey.measured * 784)
        #expect(try survey.counts == self.survey(means: 2, budget: 1, workers: 1).counts)
    }
}
