using FsCheck;
using FsCheck.Fluent;

namespace Fovea.Data.Tests;

public class StratifiedSubsetTests
{
    private static readonly Arbitrary<int[]> Counts = Gen.Choose(0, 50).ArrayOf().Where(c => c.Sum() > 0).ToArbitrary();

    [Fact]
    public void Quotas_add_up_stay_within_the_class_and_leave_no_class_out()
    {
        Prop.ForAll(Counts, Gen.Choose(1, 200).ToArbitrary(), (counts, limit) =>
        {
            int wanted = Math.Min(limit, counts.Sum());
            int[] quotas = StratifiedSubset.Quotas(counts, wanted);
            Assert.Equal(wanted, quotas.Sum());
            Assert.All(quotas.Zip(counts), q => Assert.InRange(q.First, 0, q.Second));
            if (wanted >= counts.Count(c => c > 0))
                Assert.All(quotas.Zip(counts), q => Assert.True(q.First > 0 || q.Second == 0));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Splits_are_disjoint_complete_and_stratified()
    {
        Prop.ForAll(Counts, Gen.Choose(1, 99).ToArbitrary(), (counts, percent) =>
        {
            int[] labels = [.. counts.SelectMany((n, c) => Enumerable.Repeat(c, n))];
            (int[] first, int[] second) = StratifiedSubset.Split(labels, counts.Length, percent / 100.0, seed: 3);
            Assert.Equal(Enumerable.Range(0, labels.Length), first.Concat(second).Order());
            for (int c = 0; c < counts.Length; c++)
            {
                int taken = second.Count(i => labels[i] == c);
                int expected = counts[c] < 2 ? 0 : Math.Clamp((int)Math.Round(counts[c] * (percent / 100.0)), 1, counts[c] - 1);
                Assert.Equal(expected, taken);
            }
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void The_seed_decides()
    {
        int[] labels = new int[100];
        Assert.Equal(StratifiedSubset.Split(labels, 1, 0.2, 1).Second, StratifiedSubset.Split(labels, 1, 0.2, 1).Second);
        Assert.NotEqual(StratifiedSubset.Split(labels, 1, 0.2, 1).Second, StratifiedSubset.Split(labels, 1, 0.2, 2).Second);
    }
}
