using Fovea.Cli.Framework;
using Fovea.Cli.Tests.Support;

namespace Fovea.Cli.Tests;

/// <summary>Wrong use exits 2 and says what was given, what is allowed, and what is nearest.</summary>
public sealed class UsageTests
{
    [Theory]
    [InlineData("", "verb is missing")]
    [InlineData("trian", "no verb 'trian'. Did you mean 'train'?")]
    [InlineData("--json", "must follow a verb")]
    [InlineData("data", "expected one of list, get, inspect")]
    [InlineData("data lst", "Did you mean 'list'?")]
    [InlineData("data get", "NAME is missing")]
    [InlineData("data get fashion-mist", "Did you mean 'fashion-mnist'?")]
    [InlineData("data get cifar10", "cannot be fetched")]
    [InlineData("models --jsn", "unknown option --jsn. Did you mean '--json'?")]
    [InlineData("models surplus", "'surplus' is one argument too many")]
    [InlineData("summary", "MODEL is missing")]
    [InlineData("summary alexnt", "no network called alexnt. Did you mean 'alexnet'?")]
    [InlineData("summary alexnet --clases 3", "unknown option --clases. Did you mean '--classes'?")]
    [InlineData("summary alexnet --classes 1", "--classes 1: expected a whole number from 2")]
    [InlineData("summary alexnet --input 3x224", "--input 3x224: expected channels x height x width")]
    [InlineData("summary alexnet --activation relu", "alexnet has no option --activation")]
    [InlineData("summary lenet5 --activation rleu", "Did you mean 'relu'?")]
    [InlineData("summary lenet5 alexnet --explain", "--explain is for one network at a time")]
    [InlineData("train", "--model is missing")]
    [InlineData("train --model lenet5", "--data is missing")]
    [InlineData("train --model lenet --data x", "Did you mean 'lenet5'?")]
    [InlineData("train --model lenet5 --data x --epochs", "--epochs needs a value")]
    [InlineData("train --model lenet5 --data x --epochs zero", "--epochs zero: expected a whole number from 1")]
    [InlineData("train --model lenet5 --data x --epochs 0", "--epochs 0: expected a whole number from 1")]
    [InlineData("train --model lenet5 --data x --epochs 3 --epochs 4", "--epochs is given 2 times")]
    [InlineData("train --model lenet5 --data x --epoch 3", "unknown option --epoch. Did you mean '--epochs'?")]
    [InlineData("train --model lenet5 --data x --threads 0", "--threads 0: expected a whole number from 1")]
    [InlineData("train --model lenet5 --data x --lr -0.1", "--lr -0.1: expected a number above 0")]
    [InlineData("train --model lenet5 --data x --lr nan", "--lr nan: expected a number above 0")]
    [InlineData("train --model lenet5 --data x --opt sgb", "--opt sgb: expected one of sgd, adam, adamw, rmsprop. Did you mean 'sgd'?")]
    [InlineData("train --model lenet5 --data x --momentum 1", "--momentum 1: expected a number from 0 to below 1")]
    [InlineData("train --model lenet5 --data x --nesterov", "give --momentum too")]
    [InlineData("train --model lenet5 --data x --sched step", "needs --step-size")]
    [InlineData("train --model lenet5 --data x --mean 0.5,x", "--mean 0.5,x: expected numbers from 0 to 1")]
    [InlineData("train --model lenet5 --data x --train-transform hflop", "Did you mean 'hflip'?")]
    [InlineData("train --model lenet5 --data x --keep some", "--keep some: expected a whole number of 0 or more, or all")]
    [InlineData("train --model lenet5 --data x --checkpoint-every often", "500steps, 90s, 10m or 2h")]
    [InlineData("train --model lenet5 --data x --name --json", "--name --json: this looks like an option")]
    [InlineData("train --model lenet5 --data x --name --jsn", "this looks like an option")]
    [InlineData("train --resume x --epochs 3", "--epochs cannot be given too")]
    [InlineData("train --model lenet5 --data x --sched multistep", "needs --milestones")]
    [InlineData("train --model lenet5 --data x --sched multistep --milestones 3,x", "--milestones 3,x: expected whole numbers of 1 or more apart by commas")]
    [InlineData("train --model lenet5 --data x --sched multistep --milestones 5,3", "--milestones 5,3: expected rising numbers")]
    [InlineData("train --model lenet5 --data x --patience 3", "--patience does not go with --sched constant")]
    [InlineData("train --model lenet5 --data x --sched cosine --gamma 0.1", "--gamma does not go with --sched cosine")]
    [InlineData("train --model lenet5 --data x --sched plateau --monitor acc", "--monitor acc: expected one of loss, accuracy")]
    [InlineData("train --model lenet5 --data x --warmup-epochs 10", "expected fewer than the run's 10 epochs")]
    [InlineData("train --model lenet5 --data x --opt adamw --nesterov", "--nesterov does not go with --opt adamw")]
    [InlineData("train --model lenet5 --data x --decay-on weights", "give --weight-decay too")]
    [InlineData("train --model lenet5 --data x --mixup -1", "--mixup -1: expected a number of 0 or more")]
    [InlineData("train --model lenet5 --data x --ema 1", "--ema 1: expected a number above 0 and below 1")]
    [InlineData("train --model lenet5 --data x --clip-grad 0", "--clip-grad 0: expected a number above 0")]
    [InlineData("train --model lenet5 --data x --accumulate 0", "--accumulate 0: expected a whole number from 1")]
    [InlineData("train --model lenet5 --data x --early-stop 0", "--early-stop 0: expected a whole number of 1 or more")]
    [InlineData("train --model lenet5 --data x --time-budget 20", "--time-budget 20: expected a number of 1 to 1000000 with its unit: 90s, 20m or 2h")]
    [InlineData("lr-find --model lenet5", "--data is missing")]
    [InlineData("lr-find --model lenet5 --data x --from 1 --to 0.1", "--from 1 --to 0.1: the second must be above the first")]
    [InlineData("lr-find --model lenet5 --data x --steps 3", "--steps 3: expected a whole number from 10 to 100000")]
    [InlineData("lr-find --model lenet5 --data x --sched cosine", "unknown option --sched")]
    [InlineData("eval", "--weights is missing")]
    [InlineData("eval --weights x --data y --split test", "--split test: expected one of val, train, all")]
    [InlineData("predict --weights x", "IMAGE|FOLDER is missing")]
    [InlineData("predict a.jpg", "--weights is missing")]
    [InlineData("predict --weights x a.jpg --topk 3", "unknown option --topk. Did you mean '--top-k'?")]
    [InlineData("bench --mode fast", "--mode fast: expected one of train, infer")]
    [InlineData("bench nan-cifar", "Did you mean 'nin-cifar'?")]
    [InlineData("bench lenet5 --rounds 2", "--rounds and --markdown are for --compare-peers")]
    [InlineData("bench lenet5 --compare-peers --floor", "not with --compare-peers")]
    [InlineData("bench lenet5 --compare-peers --activation relu", "--activation: --compare-peers takes networks as they come")]
    [InlineData("bench lenet5 --memory much", "--memory much: expected a size such as 4G")]
    [InlineData("bench lenet5 --batch-size automatic", "--batch-size automatic: expected a whole number from 1 to 65536, or auto")]
    [InlineData("plan", "MODEL is missing")]
    [InlineData("plan lenet5 alexnet", "one argument too many")]
    [InlineData("plan lenet5 --opt adam --momentum 0.9", "--momentum does not go with --opt adam")]
    [InlineData("doctor --backend managed", "unknown option --backend")]
    public void ExitsTwoWithTheCure(string line, string message)
    {
        CliRun run = CliRun.Line(line);
        Assert.Equal(ExitCode.Usage, run.Exit);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Out);
        run.AssertReadable();
    }

    [Theory]
    [InlineData("train --recipe lenet5-fashion --device cuda")]
    [InlineData("explain")]
    [InlineData("serve")]
    public void WhatALaterVersionBringsIsRefusedAsSuch(string line)
    {
        CliRun run = CliRun.Line(line);
        Assert.Equal(ExitCode.Usage, run.Exit);
        Assert.Contains("this version does not have", run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Out);
    }

    [Fact]
    public void AFileThatIsCalledLikeTheVerbIsAnArgument()
    {
        CliRun run = CliRun.Line("predict predict --weights no-such-run");
        Assert.Equal(ExitCode.Failed, run.Exit);
        Assert.Contains("--weights no-such-run", run.Error, StringComparison.Ordinal);
    }
}
