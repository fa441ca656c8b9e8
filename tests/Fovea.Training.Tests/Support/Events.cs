namespace Fovea.Training.Tests;

/// <summary>Reads a run's events.jsonl.</summary>
public static class Events
{
    public static IReadOnlyList<TrainingEvent> Read(string run) =>
        [.. File.ReadAllLines(Path.Combine(run, "events.jsonl")).Select(line => EventJson.Read(System.Text.Encoding.UTF8.GetBytes(line)) ?? throw new InvalidDataException(line))];
}
