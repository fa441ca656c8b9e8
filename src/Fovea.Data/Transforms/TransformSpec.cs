namespace Fovea.Data.Transforms;

/// <summary>How a transform is written.</summary>
/// <param name="Name">Its name, such as <c>random-crop</c>.</param>
/// <param name="Usage">Its arguments and their defaults, such as <c>random-crop(SIZE, padding=0)</c>, for messages and help.</param>
/// <param name="Create">Makes it from its arguments; throws a FoveaException where they are wrong.</param>
public sealed record TransformSpec(string Name, string Usage, Func<TransformArguments, Transform> Create);
