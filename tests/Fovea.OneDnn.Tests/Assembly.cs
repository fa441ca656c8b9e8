// One test at a time: two measure what the process holds, and OpenMP takes both cores anyway.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
