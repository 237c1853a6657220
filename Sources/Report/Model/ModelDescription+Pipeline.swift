// How the images that a model learned from were prepared.

internal import Configuration
package import Pipeline
package import Training

extension ModelDescription {
    /// The preparation of the model's dataset.
    ///
    /// - Parameter file: of the model. If its preparation is invalid, the file is at fault, not the command
    /// - Throws: `TrainingError` if it is invalid
    package func pipeline(file: String) throws(TrainingError) -> PipelineConfiguration {
        do throws(ConfigurationError) {
            return try PipelineConfiguration(definition: preparation, file: file)
        } catch {
            throw .malformedModel(file: file, reason: "its preparation: \(error.reason)")
        }
    }
}
