/// Nibble: what a chapter, or another Swift package, imports.
///
/// One name for the whole engine, from the ground up: `Grids` (number formats, rounding, codebooks;
/// pure Swift), `Tensors` (matrices over BLAS, statistics, seeded random numbers, checkpoints),
/// `Quantization` (schemes, methods, what they cost and what they lose), `Tokenizers` (text to ids
/// and back), `Corpora` (texts by grammars whose surprisal is known), `Training` (small models from
/// nothing), `Models` (language models, what they write and how well), `Pipelines` (a whole model
/// quantized, block by block), and `StepRecords` (how a chapter's steps show their values and state
/// their claims). Built as one dynamic library, so that a chapter links in a fraction of a second.
@_exported public import Corpora
@_exported public import Grids
@_exported public import Models
@_exported public import Pipelines
@_exported public import Quantization
@_exported public import StepRecords
@_exported public import Tensors
@_exported public import Tokenizers
@_exported public import Training

/// A weight and a bias, as the methods that move scales between layers see a layer.
///
/// Two modules have the name; unqualified it is this one. What a model runs is `Models.LinearLayer`, and
/// code that conforms to that imports `Models` and says so.
public typealias LinearLayer = Quantization.LinearLayer
