namespace Fovea.Engine.Planning;

/// <summary>
/// Places buffers in one arena by liveness: two buffers share memory when no step needs both. Greedy by size, largest first, each at the lowest offset that is
/// free during its life, which comes within a few percent of the lower bound on convolutional networks and takes milliseconds.
/// </summary>
public static class MemoryPlanner
{
    /// <summary>Every buffer starts at a multiple of this many bytes: a cache line, and oneDNN's and AVX-512's widest access.</summary>
    public const long Alignment = 128;

    /// <summary>A group of buffers that lie at the same address, with the steps between which it lives; those before the run count down from -1.</summary>
    public sealed record Placement(IReadOnlyList<Buffer> Buffers, long Bytes, int First, int Last, long Offset)
    {
        /// <summary>True where both are needed by some step.</summary>
        public bool LivesWith(Placement other) => First <= other.Last && other.First <= Last;
    }

    /// <summary>Finds a place for every buffer.</summary>
    /// <param name="steps">The steps in order: a buffer lives from the first that touches it to the last.</param>
    /// <param name="buffers">The buffers to place.</param>
    /// <param name="before">Steps that run before the others, in order, when something is stale: what only they need shares its memory with the run's.</param>
    /// <returns>The placements and the size of the arena in bytes.</returns>
    public static (IReadOnlyList<Placement> Placements, long ArenaBytes) Place(IReadOnlyList<Step> steps, IReadOnlyList<Buffer> buffers, IReadOnlyList<Step>? before = null)
    {
        List<Group> groups = Lifetimes(steps, buffers, before ?? []);
        groups.Sort((a, b) => a.Bytes != b.Bytes ? b.Bytes.CompareTo(a.Bytes) : a.First != b.First ? a.First.CompareTo(b.First) : a.Order.CompareTo(b.Order));
        List<Placement> placed = new(groups.Count);
        List<Placement> conflicts = [];
        long arena = 0;
        foreach (Group group in groups)
        {
            Placement candidate = new(group.Buffers, Align(group.Bytes), group.First, group.Last, 0);
            conflicts.Clear();
            foreach (Placement other in placed)
            {
                if (candidate.LivesWith(other))
                    conflicts.Add(other);
            }
            conflicts.Sort((a, b) => a.Offset.CompareTo(b.Offset));
            long offset = 0;
            foreach (Placement other in conflicts)
            {
                if (other.Offset - offset >= candidate.Bytes)
                    break;
                offset = Math.Max(offset, other.Offset + other.Bytes);
            }
            placed.Add(candidate with { Offset = offset });
            arena = Math.Max(arena, offset + candidate.Bytes);
        }
        return (placed, arena);
    }

    private static long Align(long bytes) => (bytes + Alignment - 1) / Alignment * Alignment;

    private static List<Group> Lifetimes(IReadOnlyList<Step> steps, IReadOnlyList<Buffer> buffers, IReadOnlyList<Step> before)
    {
        Dictionary<Buffer, Group> groupOf = new(buffers.Count);
        foreach (Buffer buffer in buffers)
            groupOf[buffer] = new Group(buffer, groupOf.Count);
        for (int i = -before.Count; i < steps.Count; i++)
        {
            Step step = i < 0 ? before[before.Count + i] : steps[i];
            foreach (Buffer buffer in step.Reads.Concat(step.Writes))
            {
                if (groupOf.TryGetValue(buffer, out Group? group))
                    group.Touch(i);
            }
        }
        foreach (Buffer buffer in buffers.Where(b => b.Persistent))
            (groupOf[buffer].First, groupOf[buffer].Last) = (-before.Count, Math.Max(0, steps.Count - 1));
        for (int i = 0; i < steps.Count; i++)
        {
            if (steps[i].InPlace is { } pair)
                MergeInPlace(groupOf, pair.From, pair.To, i);
        }
        return [.. groupOf.Values.Distinct().Where(g => g.Bytes > 0 && g.IsTouched)];
    }

    /// <summary>A kernel that works in place may do so only if nobody reads the old content afterwards and the new content is not written before.</summary>
    private static void MergeInPlace(Dictionary<Buffer, Group> groupOf, Buffer from, Buffer to, int step)
    {
        if (!groupOf.TryGetValue(from, out Group? source) || !groupOf.TryGetValue(to, out Group? target) || source == target)
            return;
        if (source.Last != step || target.First != step || source.Bytes != target.Bytes || from.Persistent || to.Persistent)
            return;
        source.Last = target.Last;
        source.Buffers.AddRange(target.Buffers);
        foreach (Buffer buffer in target.Buffers)
            groupOf[buffer] = source;
    }

    private sealed class Group(Buffer buffer, int order)
    {
        public List<Buffer> Buffers { get; } = [buffer];

        public long Bytes { get; } = buffer.Bytes;

        public int Order { get; } = order;

        public int First { get; set; } = int.MaxValue;

        public int Last { get; set; } = int.MinValue;

        public bool IsTouched => First <= Last;

        public void Touch(int step) => (First, Last) = (Math.Min(First, step), Math.Max(Last, step));
    }
}
