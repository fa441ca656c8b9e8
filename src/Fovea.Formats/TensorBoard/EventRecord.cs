namespace Fovea.Formats.TensorBoard;

/// <summary>One record of a TensorBoard event file: the file's version, or scalars of one step.</summary>
/// <param name="WallTime">Seconds since 1970, UTC.</param>
/// <param name="Step">The step that the values belong to.</param>
/// <param name="Values">The scalars; none in the record that opens a file.</param>
public sealed record EventRecord(double WallTime, long Step, IReadOnlyList<ScalarValue> Values)
{
    /// <summary>What the first record of a file says of its format.</summary>
    public const string Version = "brain.Event:2";

    /// <summary>The file's version, in its first record; null in others.</summary>
    public string? FileVersion { get; init; }

    /// <summary>The record that a file begins with.</summary>
    /// <param name="wallTime">Seconds since 1970, UTC.</param>
    public static EventRecord Opening(double wallTime) => new(wallTime, 0, []) { FileVersion = Version };
}

/// <summary>A number under its tag.</summary>
/// <param name="Tag">What TensorBoard shows it under: <c>train/loss</c>.</param>
/// <param name="Value">The number; TensorBoard keeps single precision.</param>
public readonly record struct ScalarValue(string Tag, float Value);
