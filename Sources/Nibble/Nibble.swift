/// Nibble: what a chapter, or another Swift package, imports.
///
/// One name for the whole engine, from the ground up: `Grids` (number formats, rounding, codebooks;
/// pure Swift), `Tensors` (matrices over BLAS, statistics, seeded random numbers, safetensors),
/// `Quantization` (schemes, methods, what they cost and what they lose), and `StepRecords` (how a
/// chapter's steps show their values and state their claims). Built as one dynamic library, so that a
/// chapter links in a fraction of a second.
@_exported public import Grids
@_exported public import Quantization
@_exported public import StepRecords
@_exported public import Tensors
