using FsCheck.Fluent;
using Fovea.Engine.Planning;
using Buffer = Fovea.Engine.Planning.Buffer;

namespace Fovea.Engine.Tests;

/// <summary>
/// The planner over random programs: a simulated memory, byte range by byte range, in which every step must find in each buffer that it reads what was last
/// written to that buffer. Overlap of live buffers, wrong lifetimes and wrong in-place sharing all show as a foreign token.
/// </summary>
public sealed class MemoryPlannerTests
{
    [Fact]
    public void NoStepEverReadsWhatAnotherBufferLeftThere() =>
        FsCheck.Check.One(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(400), Prop.ForAll(Arb.From(Gen.Choose(0, int.MaxValue)), seed => Simulate(Program(new Draw(seed)))));

    [Fact]
    public void BuffersWithoutOverlapInTimeShareMemory()
    {
        Buffer a = new("a", 1024, BufferKind.Activation), b = new("b", 1024, BufferKind.Activation), c = new("c", 1024, BufferKind.Activation);
        Step[] steps = [new FakeStep([], [a]), new FakeStep([a], [b]), new FakeStep([b], [c])];
        (IReadOnlyList<MemoryPlanner.Placement> placements, long bytes) = MemoryPlanner.Place(steps, [a, b, c]);
        Assert.Equal(2048, bytes);
        Assert.Equal(OffsetOf(placements, a), OffsetOf(placements, c));
    }

    [Fact]
    public void AStepInPlaceSharesOnlyWhenTheInputIsNotReadAgain()
    {
        Buffer a = new("a", 1024, BufferKind.Activation), b = new("b", 1024, BufferKind.Activation), c = new("c", 128, BufferKind.Activation);
        Step[] last = [new FakeStep([], [a]), new FakeStep([a], [b], (a, b))];
        Assert.Equal(1024, MemoryPlanner.Place(last, [a, b]).ArenaBytes);
        Step[] readAgain = [.. last, new FakeStep([a, b], [c])];
        Assert.Equal(2048 + 128, MemoryPlanner.Place(readAgain, [a, b, c]).ArenaBytes);
    }

    [Fact]
    public void PersistentBuffersShareWithNothing()
    {
        Buffer a = new("a", 1024, BufferKind.Interface, persistent: true), b = new("b", 1024, BufferKind.Activation);
        Step[] steps = [new FakeStep([a], []), new FakeStep([], [b])];
        Assert.Equal(2048, MemoryPlanner.Place(steps, [a, b]).ArenaBytes);
    }

    [Fact]
    public void WhatOnlyStepsBeforeTheRunNeedSharesItsMemory()
    {
        Buffer folded = new("folded", 1024, BufferKind.KernelCopy), copy = new("copy", 512, BufferKind.KernelCopy, persistent: true);
        Buffer scratch = new("scratch", 2048, BufferKind.Scratch), second = new("second", 1024, BufferKind.KernelCopy), a = new("a", 3072, BufferKind.Activation);
        Step[] before = [new FakeStep([], [folded]), new FakeStep([folded], [copy, scratch]), new FakeStep([], [second])];
        (IReadOnlyList<MemoryPlanner.Placement> placements, long bytes) = MemoryPlanner.Place([new FakeStep([copy], [a])], [folded, copy, scratch, second, a], before);
        Assert.Equal(512 + 3072, bytes);
        Assert.Equal((-2, -2), Assert.Single(placements, p => p.Buffers.Contains(scratch)) is var p ? (p.First, p.Last) : default);
        Assert.Equal((-3, 0), Assert.Single(placements, p => p.Buffers.Contains(copy)) is var q ? (q.First, q.Last) : default);
    }

    private static long OffsetOf(IReadOnlyList<MemoryPlanner.Placement> placements, Buffer buffer) => placements.Single(p => p.Buffers.Contains(buffer)).Offset;

    /// <summary>
    /// A random program: each step writes one or two new buffers and reads some older ones; some steps may work in place. Some of the first go before the run, which
    /// reads of theirs what is persistent.
    /// </summary>
    private static (List<Step> Before, List<Step> Steps, List<Buffer> Buffers) Program(Draw draw)
    {
        List<Buffer> buffers = [];
        List<Step> steps = [];
        int count = 2 + draw.Below(30), before = draw.Below(2) * draw.Below(count);
        for (int i = 0; i < count; i++)
        {
            List<Buffer> reads = [];
            for (int r = draw.Below(4); r > 0 && buffers.Count > 0; r--)
                reads.Add(buffers[Math.Max(0, buffers.Count - 1 - draw.Below(8))]);
            if (i >= before)
                reads.RemoveAll(r => !r.Persistent && steps.Take(before).Any(step => step.Writes.Contains(r)));
            Buffer dst = new($"b{buffers.Count}", 1 + draw.Below(5) * 200, BufferKind.Activation, persistent: draw.Below(i < before ? 2 : 12) == 0);
            List<Buffer> writes = [dst];
            if (draw.Below(3) == 0)
                writes.Add(new Buffer($"s{i}", draw.Below(900), BufferKind.Scratch));
            Buffer? from = reads.FirstOrDefault(r => r.Bytes == dst.Bytes);
            steps.Add(new FakeStep(reads, writes, from is not null && draw.Below(2) == 0 ? (from, dst) : null));
            buffers.AddRange(writes);
        }
        return (steps[..before], steps[before..], buffers);
    }

    /// <summary>What goes before and a run, then another run without it.</summary>
    private static bool Simulate((List<Step> Before, List<Step> Steps, List<Buffer> Buffers) program)
    {
        (IReadOnlyList<MemoryPlanner.Placement> placements, long bytes) = MemoryPlanner.Place(program.Steps, program.Buffers, program.Before);
        Dictionary<Buffer, long> offsets = placements.SelectMany(p => p.Buffers.Select(b => (b, p.Offset))).ToDictionary(x => x.b, x => x.Offset);
        string?[] memory = new string?[bytes];
        Dictionary<Buffer, string> written = [];
        Step[] executed = [.. program.Before, .. program.Steps, .. program.Steps];
        for (int i = 0; i < executed.Length; i++)
        {
            Step step = executed[i];
            foreach (Buffer read in step.Reads.Where(r => written.ContainsKey(r)))
            {
                for (long at = offsets[read]; at < offsets[read] + read.Bytes; at++)
                {
                    if (memory[at] != written[read])
                        return false;
                }
            }
            foreach (Buffer write in step.Writes.Where(w => w.Bytes > 0))
            {
                // A kernel may write its results in any order and read its inputs until the end: only the buffer that it takes in place may be overwritten.
                foreach (Buffer read in step.Reads.Where(r => r.Bytes > 0 && r != write && step.InPlace != (r, write)))
                {
                    if (offsets[read] < offsets[write] + write.Bytes && offsets[write] < offsets[read] + read.Bytes)
                        return false;
                }
                written[write] = $"{write.Name}@{i}";
                Array.Fill(memory, written[write], (int)offsets[write], (int)write.Bytes);
            }
        }
        // What is persistent must still be there at the end.
        return written.Where(w => w.Key.Persistent).All(w => memory[offsets[w.Key]] == w.Value);
    }

    private sealed class FakeStep : Step
    {
        public FakeStep(IReadOnlyList<Buffer> reads, IReadOnlyList<Buffer> writes, (Buffer From, Buffer To)? inPlace = null)
            : base("layer", "work", "fake", reads, writes) => InPlace = inPlace;

        public override void Run()
        {
        }
    }

    private sealed class Draw(int seed)
    {
        private ulong _next;

        public int Below(int bound) => new Kernels.PhiloxKey((ulong)seed, Kernels.RandomStream.Split, 0, 0).Below(_next++, bound);
    }
}
