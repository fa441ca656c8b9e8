using Fovea.Kernels;

namespace Fovea.Training.Tests;

public class ScheduleTests
{
    [Fact]
    public void StepMultipliesEveryStepSizeEpochs()
    {
        LearningRateSchedule schedule = ScheduleList.Find("step").Create(new ScheduleSettings { Lr = 0.1, Epochs = 9, StepSize = 3, Gamma = 0.1 });
        Assert.Equal(
            [0.1, 0.1, 0.1, 0.1 * 0.1, 0.1 * 0.1, 0.1 * 0.1, 0.1 * 0.1 * 0.1, 0.1 * 0.1 * 0.1],
            Enumerable.Range(0, 8).Select(epoch => schedule.Rate(epoch, step: 4, stepsPerEpoch: 5)));
    }

    [Fact]
    public void ConstantStays() =>
        Assert.All(Enumerable.Range(0, 100), epoch => Assert.Equal(0.3, ScheduleList.Find("constant").Create(new ScheduleSettings { Lr = 0.3, Epochs = 100 }).Rate(epoch, 0, 1)));

    [Fact]
    public void AnUnknownScheduleNamesTheKnownOnes() =>
        Assert.Contains("constant or step", Assert.Throws<FoveaException>(() => ScheduleList.Find("cosine")).Message);

    [Fact]
    public void TheRunUsesIt()
    {
        using TempFolder folder = new();
        RunSummary summary = Train.Run(Train.Options(folder) with { Epochs = 3, Sched = "step", StepSize = 2, Gamma = 0.5, Lr = 0.02 }, SyntheticDataset.Splits(32, 8));
        Assert.Equal([0.02, 0.02, 0.01], summary.Epochs.Select(e => e.Lr));
    }
}
